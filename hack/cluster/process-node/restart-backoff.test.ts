import assert from 'node:assert/strict';
import { backoffMs } from './restart-backoff.ts';

describe('restarts', () => {
  it('come at once the first time, then ever later, and never later than five minutes', () => {
    assert.deepEqual([0, 1, 2, 3, 6, 50].map(backoffMs), [0, 10_000, 20_000, 40_000, 300_000, 300_000]);
  });
});
