import assert from 'node:assert/strict';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { aPlatform } from './testing/a-platform.ts';
import { olderDefinition } from './validation.ts';

describe('olderDefinition', () => {
  it('finds nothing in what an API server of today stores', () =>
    assert.equal(olderDefinition(aPlatform()), undefined));

  it('names what an older one has not filled in, however deep, and what to apply', () => {
    const { spec } = aPlatform();
    const { rollout: _rollout, ...rest } = spec;
    const { progressDeadline: _deadline, ...shallow } = spec.rollout;
    assert.match(
      olderDefinition({ spec: rest as TicketBottlePlatform['spec'] }) ?? '',
      /^spec\.rollout: .*kubectl apply/,
    );
    const deep = { ...spec, rollout: shallow } as TicketBottlePlatform['spec'];
    assert.match(olderDefinition({ spec: deep }) ?? '', /^spec\.rollout\.progressDeadline: .* older than the operator/);
  });
});
