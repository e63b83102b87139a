import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { createAvailability } from './availability.ts';

describe('availability', () => {
  it('reads the store once per age, however many ask', async () => {
    const clock = new ManualClock();
    let reads = 0;
    const availability = createAvailability({
      clock,
      maxAgeMs: 500,
      read: async () => {
        reads++;
        return [];
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => availability('e')));
    assert.equal(reads, 1);
    await clock.advance(499);
    await availability('e');
    assert.equal(reads, 1);
    await clock.advance(1);
    await availability('e');
    assert.equal(reads, 2);
  });

  it('does not keep a failed read', async () => {
    let fail = true;
    const availability = createAvailability({
      clock: new ManualClock(),
      maxAgeMs: 500,
      read: async () => {
        if (fail) throw new Error('store is down');
        return [];
      },
    });
    await assert.rejects(availability('e'), /down/);
    fail = false;
    assert.deepEqual((await availability('e')).classes, []);
  });
});
