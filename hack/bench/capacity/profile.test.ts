import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { profileOf } from './profile.ts';

const medians = {
  join: { gatewayCpuMs: 0.5, waitroomCpuMs: 0.21 },
  streams: { cpuPercentPerThousand: 2.5 },
  inventory: { cpuMs: 0.7 },
  'hot-row': { perSecond: 968 },
  purchase: { orderCpuMs: 4.9, paymentCpuMs: 12 },
};

describe('the capacity profile', () => {
  it('is YAML of a platform, each figure what 70 % of a core does, rounded down to two digits', () => {
    const { services } = parse(profileOf(medians));
    assert.deepEqual(services.gateway.capacityPerReplica, { requestsPerSecond: 1400, streams: 20_000 });
    assert.deepEqual(services.waitroom.capacityPerReplica, { requestsPerSecond: 3300 });
    assert.deepEqual(services.inventory.capacityPerReplica, { requestsPerSecond: 1000, hotRowPerSecond: 960 });
    assert.deepEqual(services.order.capacityPerReplica, { requestsPerSecond: 140 });
    assert.deepEqual(services.payment.capacityPerReplica, { requestsPerSecond: 58 });
  });

  it('refuses a figure that was not measured', () => {
    assert.throws(() => profileOf({ ...medians, inventory: { cpuMs: 0 } }), /inventory: no figure cpuMs/);
  });
});
