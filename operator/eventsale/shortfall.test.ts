import assert from 'node:assert/strict';
import { planCapacity } from './capacity.ts';
import { demandOf } from './overlap.ts';
import { shortfall } from './shortfall.ts';
import { aSale } from './testing/sale-builder.ts';

const planned = (maxReplicas: Record<string, number>) => {
  const { spec } = aSale({
    demand: { expectedBuyers: 500_000, peakJoinsPerSecond: 10_000 },
    waitroom: { maxConcurrentCheckouts: 18_000, admissionsPerMinute: 6_000 },
  });
  const profile = { gateway: { requestsPerSecond: 1500, streams: 20_000 }, order: { requestsPerSecond: 150 } };
  const others = { rps: {}, streams: 0 };
  return planCapacity({ demand: demandOf(spec), profile, limits: { maxReplicas }, others, zones: 3 });
};

describe('what caps of the platform cost a sale', () => {
  it('is nothing when they are wide enough', () => {
    assert.equal(shortfall(planned({})), undefined);
  });

  it('is said as buyers per minute, with every cap to raise', () => {
    assert.equal(
      shortfall(planned({ order: 4, gateway: 20 })),
      '1744 of 6000 buyers per minute can be let in, order is the limit: raise spec.services.gateway.replicas.max to 48, spec.services.order.replicas.max to 15 in the platform, or lower spec.demand and spec.waitroom',
    );
  });

  it('is a crowded door where only the front is short', () => {
    assert.match(
      shortfall(planned({ gateway: 20 })) ?? '',
      /^not everybody .*gateway.replicas.max to 48 in the platform/,
    );
  });
});
