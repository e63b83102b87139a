import assert from 'node:assert/strict';
import { floorOf, percentile, trend } from './trend.ts';

describe('trend of a soak', () => {
  it('is nothing for a flat line with noise, and the slope for one that climbs', () => {
    const flat = Array.from({ length: 600 }, (_, n) => ({ at: n, value: 100 + (n % 2 === 0 ? 3 : -3) }));
    assert.ok(Math.abs(trend(flat).over) < 0.1);
    const climbing = Array.from({ length: 601 }, (_, n) => ({ at: n, value: 100 + n / 60 }));
    assert.equal(Math.round(trend(climbing).perHour), 60);
    assert.equal(Math.round(trend(climbing).over), 10);
  });

  it('sees a leak under the garbage of a heap by its floor', () => {
    const heap = Array.from({ length: 600 }, (_, n) => ({ at: n, value: 40 + n / 100 + (n % 30) * 2 }));
    assert.ok(trend(floorOf(heap, 60)).over > 4.5);
  });

  it('takes percentiles of few values and of none', () => {
    assert.equal(percentile([], 0.99), 0);
    assert.equal(percentile([3, 1, 2], 0.5), 2);
    assert.equal(percentile([1, 2, 3], 0.99), 3);
  });
});
