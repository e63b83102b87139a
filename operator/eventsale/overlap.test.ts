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

describe('what a platform says of its replicas', () => {
  it('is doubted when it was measured more than 30 days ago, and counts all the same', () => {
    const service = { managed: true, replicas: { min: 1, max: 40 } };
    const measuredAt = '2026-12-01T00:00:00Z';
    const measured = aPlatform({
      services: {
        ...platform.spec.services,
        order: { ...service, capacityPerReplica: { requestsPerSecond: 140, measuredAt } },
      } as never,
    });
    const planAt = (now: string) => capacityOf(one, measured, [], 1, { nowMs: Date.parse(now) });
    const [fresh, old] = [planAt('2026-12-30T00:00:00Z'), planAt('2027-01-01T00:00:00Z')];
    assert.equal(fresh.warnings.includes('ProfileStale:order'), false);
    assert.ok(old.warnings.includes('ProfileStale:order'));
    assert.deepEqual(old.services, fresh.services);
  });
});
