import { deepEqual, equal } from 'node:assert/strict';
import { atOnce } from './at-once.ts';

describe('atOnce', () => {
  it('keeps the order of the items and never runs more than the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await atOnce(2, [30, 1, 10, 1], async (ms) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, ms));
      running -= 1;
      return ms * 2;
    });
    deepEqual(results, [60, 2, 20, 2]);
    equal(most, 2);
  });
});
