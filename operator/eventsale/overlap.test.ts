import assert from 'node:assert/strict';
import { capacityOf, floorsFor, needsCapacity } from './overlap.ts';
import { aPlatform } from './testing/platform-builder.ts';
import { aSale } from './testing/sale-builder.ts';

const platform = aPlatform();
const one = aSale({ demand: { expectedBuyers: 100_000, peakJoinsPerSecond: 2000 } }, 'one');
const two = aSale({ demand: { expectedBuyers: 100_000, peakJoinsPerSecond: 2000 } }, 'two');
const T = Date.parse('2027-01-10T03:00:00Z');

describe('floors of overlapping sales', () => {
  it('add up, whichever sale plans them', () => {
    const alone = floorsFor(platform, [one], 1).gateway ?? 0;
    const both = floorsFor(platform, [one, two], 1);
    assert.ok((both.gateway ?? 0) > alone);
    assert.deepEqual(both, floorsFor(platform, [two, one], 1));
    const seen = capacityOf(one, platform, [two], 1).services.find((line) => line.service === 'gateway');
    assert.equal(seen?.replicas, both.gateway);
  });

  it('add explicit floors to planned ones', () => {
    const explicit = aSale({ capacity: { order: { minReplicas: 3 } } }, 'explicit');
    const planned = floorsFor(platform, [one], 1).order ?? 0;
    assert.equal(floorsFor(platform, [one, explicit], 1).order, planned + 3);
    assert.equal(floorsFor(platform, [explicit, one], 1).order, planned + 3);
  });

  it('are none without sales', () => {
    assert.deepEqual(floorsFor(platform, [], 1), {});
  });
});

describe('needsCapacity', () => {
  it('is judged by time before the first status was written', () => {
    assert.equal(needsCapacity(one, T - 60 * 60_000), false);
    assert.equal(needsCapacity(one, T - 20 * 60_000), true);
  });

  it('ends with the sale', () => {
    assert.equal(needsCapacity({ ...one, status: { phase: 'ScaledDown' } }, T), false);
    assert.equal(needsCapacity({ ...one, status: { phase: 'Open' } }, T), true);
    assert.equal(needsCapacity({ ...one, status: { phase: 'Closed', prescale: [] } }, T), false);
  });

  it('is nothing where a sale cannot begin: a second EventSale of one event does not slow the first', () => {
    const condition = { type: 'Stalled', status: 'True', reason: 'ResourceConflict', message: '' } as const;
    const conditions = [{ ...condition, lastTransitionTime: '2027-01-01T00:00:00Z' }];
    const stalled = { ...one, status: { phase: 'Pending' as const, observedGeneration: 1, conditions } };
    assert.equal(needsCapacity(stalled, T), false);
    // An edit may have mended it.
    assert.equal(needsCapacity({ ...stalled, metadata: { ...one.metadata, generation: 2 } }, T), true);
    // One that had begun holds what it raised.
    assert.equal(needsCapacity({ ...stalled, status: { ...stalled.status, phase: 'Prescaling' } }, T), true);
  });
});
