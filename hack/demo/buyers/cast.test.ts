import assert from 'node:assert/strict';
import { cast } from './cast.ts';

describe('cast', () => {
  it('gives the same play for the same seed and another for another', () => {
    assert.deepEqual(cast(50, 7, 'r'), cast(50, 7, 'r'));
    assert.notDeepEqual(cast(50, 7, 'r'), cast(50, 8, 'r'));
  });

  it('shows every behaviour even in a small house', () => {
    const behaviours = new Set(cast(20, 1, 'r').map((buyer) => buyer.behaviour));
    for (const name of [
      'pays',
      'pays-twice',
      'pays-late',
      'abandons-checkout',
      'leaves-queue',
      'never-claims',
    ] as const) {
      assert.ok(behaviours.has(name), name);
    }
  });

  it('lets most people pay', () => {
    const buyers = cast(2_000, 1, 'r');
    const paying = buyers.filter((buyer) => buyer.behaviour === 'pays').length;
    assert.ok(paying > 1_400 && paying < 1_800, String(paying));
  });
});
