import assert from 'node:assert/strict';
import type { FunctionStep } from '../../external/lambda-diff.ts';
import { allowedWhileFrozen } from './functions.ts';

describe('what may happen to a function during a freeze', () => {
  const allowed = (step: FunctionStep) => allowedWhileFrozen({ step });
  const shift = (own: { exists: boolean; retreats: boolean }): FunctionStep => ({
    ...{ kind: 'shift', traffic: { version: '2' }, revisionId: undefined },
    ...own,
  });

  it('is what makes it complete, and every way back', () => {
    assert.ok(allowed({ kind: 'create' }));
    assert.ok(allowed({ kind: 'publish' }));
    assert.ok(allowed({ kind: 'tags', arn: 'arn:f' }));
    assert.ok(allowed(shift({ exists: false, retreats: false })), 'nobody is served by it yet');
    assert.ok(allowed(shift({ exists: true, retreats: true })));
  });

  it('and nothing that changes what buyers get', () => {
    assert.ok(!allowed({ kind: 'code', revisionId: undefined }));
    assert.ok(!allowed({ kind: 'configuration', revisionId: undefined }));
    assert.ok(!allowed(shift({ exists: true, retreats: false })));
    assert.ok(!allowed({ kind: 'reserve' }));
    assert.ok(!allowed({ kind: 'provision' }));
    assert.ok(!allowed({ kind: 'prune', version: '1' }));
  });
});
