import assert from 'node:assert/strict';
import type { DesiredFunction } from '../../external/lambda-desired.ts';
import type { FunctionStep } from '../../external/lambda-diff.ts';
import { allowedWhileFrozen, problemOf } from './functions.ts';

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

describe('what keeps functions from being right', () => {
  const failed = (name: string, message: string, httpStatusCode?: number): PromiseRejectedResult => ({
    status: 'rejected',
    reason: Object.assign(new Error(message), { name, $metadata: { httpStatusCode } }),
  });
  const problem = (result: PromiseRejectedResult) =>
    problemOf([result], [{ name: 'tb-pdf-generator' } as DesiredFunction], [], [], '/bundles');

  it('is told with the function that it is about, and with what to do', () => {
    const cases: [PromiseRejectedResult, reason: string, advice: RegExp][] = [
      [
        failed('AccessDeniedException', 'no', 403),
        'AccessDenied',
        /Correct spec\.aws\.credentialsSecretRef and its rights/,
      ],
      [failed('InvalidParameterValueException', 'no', 400), 'Refused', /Correct spec\.lambda$/],
      [failed('ServiceException', 'no', 500), 'Unreachable', /Check spec\.aws\.endpoint and region/],
      [failed('TooManyRequestsException', 'no', 429), 'Progressing', /It is tried again by itself$/],
      [failed('Error', 'no'), 'Refused', /see spec\.lambda and the operator's log$/],
    ];
    for (const [result, reason, advice] of cases) {
      const { message, ...rest } = problem(result) ?? {};
      assert.deepEqual(rest, { state: 'failed', reason });
      assert.match(message ?? '', /^function tb-pdf-generator: no\. /);
      assert.match(message ?? '', advice);
    }
  });
});
