import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ServiceName } from '#proto/names.ts';
import { planCapacity } from './capacity.ts';
import type { CapacityInput } from './capacity-input.ts';
import { leadSeconds, utilisationTarget } from './capacity-model.ts';
import { addLoads, type Demand, saleLoad } from './demand.ts';

const profile: CapacityInput['profile'] = {
  gateway: { requestsPerSecond: 1500, streams: 20_000 },
  waitroom: { requestsPerSecond: 3000 },
  inventory: { requestsPerSecond: 1000, hotRowPerSecond: 950 },
  order: { requestsPerSecond: 150 },
  payment: { requestsPerSecond: 150 },
};
const big: Demand = {
  expectedBuyers: 500_000,
  tickets: 40_000,
  biggestClassShare: 1,
  maxConcurrentCheckouts: 2000,
  admissionsPerMinute: 6000,
  checkoutTtlSeconds: 900,
};
const none = { rps: {}, streams: 0 };

function plan(demand: Demand, extra: Partial<CapacityInput> = {}) {
  return planCapacity({ demand, profile, limits: {}, others: none, zones: 3, ...extra });
}

function replicas(result: ReturnType<typeof plan>): string {
  const of = (service: ServiceName) => result.services.find((line) => line.service === service)?.replicas;
  return (['gateway', 'waitroom', 'inventory', 'order', 'payment'] as const).map(of).join('/');
}

const minutes = (result: ReturnType<typeof plan>) => Math.round(result.sellOutSeconds / 6) / 10;
const units = (result: ReturnType<typeof plan>) => result.stores.find((store) => store.store === 'load-balancer');

describe('planCapacity follows the published vectors', () => {
  it('V1: half a million buyers for 40,000 tickets', () => {
    const result = plan(big);
    assert.equal(replicas(result), '48/12/3/11/3');
    assert.equal(result.peakJoinsPerSecond, 10_000);
    assert.deepEqual(result.admission, { declaredPerMinute: 6000, sustainablePerMinute: 666, safePerMinute: 6000 });
    assert.equal(minutes(result), 47.3);
    assert.equal(units(result)?.need, 400);
    assert.deepEqual(result.warnings, ['PeakJoinsAssumed', 'AdmissionRateNotSustainable']);
  });

  it('V2: nothing declared but the tickets', () => {
    const result = plan({
      ...big,
      expectedBuyers: undefined,
      tickets: 5000,
      maxConcurrentCheckouts: 500,
      admissionsPerMinute: 600,
    });
    assert.equal(replicas(result), '10/4/3/3/3');
    assert.equal(minutes(result), 22.8);
    assert.deepEqual(result.warnings, ['DemandAssumed', 'PeakJoinsAssumed', 'AdmissionRateNotSustainable']);
  });

  it('V3: a peak beyond belief is clamped, and a demand beyond belief refused', () => {
    const clamped = plan({ ...big, peakJoinsPerSecond: 1_000_000 });
    assert.equal(replicas(clamped), '108/53/3/11/3');
    assert.deepEqual(clamped.warnings, ['PeakJoinsClamped', 'AdmissionRateNotSustainable']);
    const refused = plan({ ...big, expectedBuyers: 1e9 });
    assert.deepEqual(refused.errors, ['DemandOutOfRange']);
    assert.deepEqual(refused.services, []);
  });

  it('V4: a service nobody measured counts half', () => {
    const { payment: _, ...measured } = profile;
    const result = plan(
      {
        ...big,
        expectedBuyers: 50_000,
        peakJoinsPerSecond: 1000,
        tickets: 5000,
        maxConcurrentCheckouts: 1000,
        admissionsPerMinute: 1200,
      },
      { profile: measured, defaults: profile as Required<CapacityInput>['defaults'] },
    );
    assert.equal(replicas(result), '5/3/3/5/3');
    assert.equal(result.admission.safePerMinute, 1200);
    assert.deepEqual(result.warnings, ['AdmissionRateNotSustainable', 'CapacityUnknown:payment']);
  });

  it('V5: a capped order service lowers the admissions', () => {
    const result = plan(
      { ...big, peakJoinsPerSecond: 10_000, maxConcurrentCheckouts: 18_000 },
      { limits: { maxReplicas: { order: 4 } } },
    );
    assert.equal(replicas(result), '48/13/3/4/4');
    assert.equal(result.admission.safePerMinute, 1744);
    assert.equal(minutes(result), 19.1);
    assert.deepEqual(result.warnings, ['CapHit:order', 'AdmissionLimitedBy:order']);
  });

  it('V6: the hot row limits', () => {
    const result = plan(
      { ...big, peakJoinsPerSecond: 10_000, admissionsPerMinute: 30_000, maxConcurrentCheckouts: 90_000 },
      { profile: { ...profile, inventory: { requestsPerSecond: 1000, hotRowPerSecond: 300 } } },
    );
    assert.equal(replicas(result), '48/14/5/69/13');
    assert.equal(result.admission.safePerMinute, 8723);
    assert.equal(minutes(result), 3.8);
    assert.deepEqual(result.warnings, ['AdmissionLimitedBy:hotRow']);
  });

  it('V7: overlapping sales add their loads', () => {
    const result = plan(
      {
        ...big,
        expectedBuyers: 100_000,
        peakJoinsPerSecond: 2000,
        tickets: 10_000,
        admissionsPerMinute: 600,
      },
      {
        others: {
          rps: { gateway: 10_000, waitroom: 4000, inventory: 33, order: 130, payment: 22 },
          streams: 240_000,
        },
      },
    );
    assert.equal(replicas(result), '29/6/3/5/3');
    assert.deepEqual(result.warnings, []);
  });

  it('V8: a tiny sale keeps one replica per zone', () => {
    const result = plan({
      ...big,
      expectedBuyers: 200,
      tickets: 100,
      maxConcurrentCheckouts: 50,
      admissionsPerMinute: 60,
    });
    assert.equal(replicas(result), '3/3/3/3/3');
    assert.deepEqual(units(result), { store: 'load-balancer', unit: 'capacity units', need: 1, action: 'none' });
    assert.equal(minutes(result), 2.8);
    assert.deepEqual(result.warnings, ['PeakJoinsAssumed', 'AdmissionRateNotSustainable']);
  });

  it('V9: slots that never fill are said', () => {
    const result = plan({ ...big, peakJoinsPerSecond: 10_000, admissionsPerMinute: 60 });
    assert.equal(replicas(result), '48/12/3/3/3');
    assert.equal(Math.round(result.sellOutSeconds / 60), 556);
    assert.deepEqual(result.warnings, ['ConcurrencyNeverReached']);
  });

  it('V10: a capped front tier turns joins away and never lowers the admissions', () => {
    const result = plan({ ...big, peakJoinsPerSecond: 10_000 }, { limits: { maxReplicas: { gateway: 20 } } });
    assert.equal(replicas(result), '20/12/3/11/3');
    assert.equal(result.joinsAllowedPerSecond, 8768);
    assert.equal(result.admission.safePerMinute, 6000);
    assert.deepEqual(result.warnings, ['AdmissionRateNotSustainable', 'CapHit:gateway']);
  });

  it('V11: the provider limits', () => {
    const result = plan(
      {
        ...big,
        expectedBuyers: 300_000,
        peakJoinsPerSecond: 6000,
        tickets: 20_000,
        maxConcurrentCheckouts: 3000,
        admissionsPerMinute: 1000,
      },
      { limits: { providerTps: 10 } },
    );
    assert.equal(replicas(result), '29/9/3/4/3');
    assert.equal(result.admission.safePerMinute, 600);
    assert.equal(minutes(result), 27.8);
    assert.deepEqual(result.warnings, ['AdmissionLimitedBy:provider']);
  });
});

describe('planCapacity', () => {
  it('states the utilisation target and the lead per kind of platform', () => {
    assert.deepEqual([1, 2, 3].map(utilisationTarget), [0.6, 0.47, 0.63]);
    assert.equal(leadSeconds([]) / 60, 35);
    assert.equal(leadSeconds(['elasticacheMinimum']) / 60, 110);
    assert.equal(leadSeconds(['balancerReservation']) / 60, 290);
  });

  it('lets explicit floors win, adds those of overlapping sales, and never exceeds the maximum', () => {
    const result = plan(big, {
      floors: { order: 2, gateway: 60 },
      otherFloors: { order: 3 },
      limits: { maxReplicas: { gateway: 50 } },
    });
    const order = result.services.find((line) => line.service === 'order');
    const gateway = result.services.find((line) => line.service === 'gateway');
    assert.equal(order?.replicas, 5);
    assert.equal(gateway?.replicas, 50);
    assert.equal(gateway?.capped, true);
    assert.ok(result.warnings.includes('CapHit:gateway'));
    assert.ok(result.warnings.includes('FloorBelowPlan:order'));
    assert.equal(result.admission.limitedBy, undefined);
  });

  it('uses the minimum of the platform on a single-node cluster', () => {
    const tiny = { ...big, expectedBuyers: 20, peakJoinsPerSecond: 1, tickets: 10, admissionsPerMinute: 10 };
    const result = plan(tiny, { zones: 1, limits: { minReplicas: { event: 2 } } });
    assert.equal(result.services.find((line) => line.service === 'user')?.replicas, 1);
    assert.equal(result.services.find((line) => line.service === 'event')?.replicas, 2);
  });

  it('gives no admissions at all where a service may not run', () => {
    const result = plan(big, { limits: { maxReplicas: { payment: 0 } } });
    assert.equal(result.admission.safePerMinute, 0);
    assert.equal(result.admission.limitedBy, 'payment');
  });

  it('lets in what ready replicas carry where not everything was proved', () => {
    const declared = plan(big);
    const of = (service: ServiceName, ready: number, extra: Partial<CapacityInput> = {}) =>
      plan(big, { readyReplicas: { [service]: ready }, ...extra });
    const short = of('order', 4);
    // 4 x 150 x 0.63 / 13 = 29.08 checkouts a second, as in V5 with a cap of 4.
    assert.equal(short.admission.safePerMinute, 1744);
    assert.equal(short.admission.limitedBy, 'order');
    // Floors are what they were: they are what brings the replicas.
    assert.deepEqual(short.services, declared.services);
    assert.deepEqual(of('order', 11).admission, declared.admission);
    assert.deepEqual(of('order', 50).admission, declared.admission);
    // The front tier never lowers admissions, and what is not known counts as planned.
    assert.deepEqual(of('gateway', 1).admission, declared.admission);
    assert.deepEqual(plan(big, { readyReplicas: {} }).admission, declared.admission);
    // Not 0: nobody may be left to raise it.
    assert.equal(of('order', 0).admission.safePerMinute, of('order', 1).admission.safePerMinute);
    assert.ok(of('order', 0).admission.safePerMinute > 0);
    // An explicit floor carries all that is declared, and half of it is half.
    const floors = { order: 8 };
    assert.equal(of('order', 8, { floors }).admission.safePerMinute, 6000);
    assert.equal(of('order', 4, { floors }).admission.safePerMinute, 3000);
  });

  it('refuses what cannot be a sale', () => {
    assert.deepEqual(plan({ ...big, tickets: 0 }).errors, ['NoTickets']);
    assert.deepEqual(plan({ ...big, checkoutTtlSeconds: 30 }).errors, ['CheckoutTtlTooShort']);
  });

  const demand = fc.record({
    expectedBuyers: fc.integer({ min: 1, max: 5_000_000 }),
    peakJoinsPerSecond: fc.integer({ min: 1, max: 500_000 }),
    tickets: fc.integer({ min: 1, max: 500_000 }),
    biggestClassShare: fc.double({ min: 0.1, max: 1, noNaN: true }),
    maxConcurrentCheckouts: fc.integer({ min: 1, max: 200_000 }),
    admissionsPerMinute: fc.integer({ min: 1, max: 600_000 }),
    checkoutTtlSeconds: fc.constant(600),
  });

  it('never admits more than declared and never plans above a maximum', () => {
    fc.assert(
      fc.property(demand, fc.integer({ min: 1, max: 40 }), (one, max) => {
        const limits = { maxReplicas: { gateway: max, inventory: max, order: max, payment: max, waitroom: max } };
        const result = plan(one, { limits });
        assert.ok(result.admission.safePerMinute <= one.admissionsPerMinute);
        for (const line of result.services) {
          const cap = limits.maxReplicas[line.service as 'gateway'];
          if (cap !== undefined) assert.ok(line.replicas <= cap);
          assert.equal(line.capped, line.needed > line.replicas);
          assert.ok(Number.isInteger(line.replicas) && line.replicas >= 1);
        }
      }),
    );
  });

  it('gives two overlapping sales the same replicas, whichever plans, and at least what each needs alone', () => {
    fc.assert(
      fc.property(demand, demand, (one, two) => {
        const first = plan(one, { others: saleLoad(two) });
        const second = plan(two, { others: saleLoad(one) });
        assert.equal(replicas(first), replicas(second));
        for (const [index, line] of first.services.entries())
          assert.ok(line.replicas >= (plan(one).services[index]?.replicas ?? 0));
      }),
    );
  });

  it('shares a capped service between sales that overlap instead of leaving nothing to each', () => {
    const limits = { maxReplicas: { order: 2 } };
    const alone = plan(big, { limits }).admission;
    const each = plan(big, { limits, others: saleLoad(big) }).admission;
    assert.equal(each.limitedBy, 'order');
    assert.equal(each.safePerMinute, Math.floor(alone.safePerMinute / 2));
    assert.ok(each.safePerMinute > 0);
  });

  it('does not count on replicas that an overlapping sale named for itself', () => {
    const limits = { maxReplicas: { order: 4 } };
    const carried = (replicas: number) => Math.floor((replicas * 150 * 0.63 * 60) / 13);
    assert.equal(plan(big, { limits }).admission.safePerMinute, carried(4));
    // 15 are asked for, 4 of them by the other sale, and 4 there are: 11 fifteenths of them are ours.
    const beside = plan(big, { limits, otherFloors: { order: 4 } }).admission.safePerMinute;
    assert.equal(beside, carried((4 * 11) / 15));
    assert.equal(plan(big, { otherFloors: { order: 4 } }).admission.safePerMinute, 6000);
  });

  it('keeps the back tier at or under its target at the safe rate', () => {
    fc.assert(
      fc.property(demand, fc.integer({ min: 1, max: 10 }), (one, max) => {
        const result = plan(one, { limits: { maxReplicas: { order: max } } });
        const order = result.services.find((line) => line.service === 'order')?.replicas ?? 0;
        const perSecond = Math.min(result.admission.safePerMinute / 60, one.maxConcurrentCheckouts / 30);
        assert.ok(13 * perSecond <= order * 150 * 0.63 * (1 + 1e-6));
      }),
    );
  });

  it('adds loads per service', () => {
    assert.deepEqual(
      addLoads([
        { rps: { order: 1, gateway: 2 }, streams: 3 },
        { rps: { order: 10 }, streams: 30 },
      ]).rps.order,
      11,
    );
  });
});
