import assert from 'node:assert/strict';
import { byHand } from './by-hand.ts';
import { planCapacity } from './capacity.ts';
import { demandOf } from './overlap.ts';
import { aSale } from './testing/sale-builder.ts';

const PRE_QUEUE = Date.parse('2027-01-10T02:45:00Z');

const planned = (spec: Parameters<typeof aSale>[0], otherBuyers = 0) => {
  const others = { rps: {}, streams: 0, buyers: otherBuyers };
  return planCapacity({ demand: demandOf(aSale(spec).spec), profile: {}, limits: {}, others, zones: 3 }).stores;
};
const crowd = {
  demand: { expectedBuyers: 500_000, peakJoinsPerSecond: 20_000 },
  waitroom: { maxConcurrentCheckouts: 2_000, admissionsPerMinute: 6_000 },
  ticketClasses: [
    { name: 'GA', quantity: 40_000, price: { amountMinor: 1, currency: 'VND' }, maxPerOrder: 4, maxPerAccount: 0 },
  ],
};

describe('what is left to people', () => {
  it('is nothing for a small sale', () => {
    assert.deepEqual(byHand(planned({}), PRE_QUEUE), []);
  });

  it('is named with amount, time and command for a large one', () => {
    const lines = byHand(planned(crowd), PRE_QUEUE);
    assert.deepEqual(
      lines.map(({ what, need }) => `${what}: ${need}`),
      [
        'load-balancer: 800 capacity units',
        'temporal: 667 actions/s',
        'redis-throughput: 40167 commands/s',
        'mail: 67 mails/s',
      ],
    );
    assert.equal(lines[0]?.askBy, PRE_QUEUE - 3 * 3_600_000);
    assert.match(lines[0]?.how ?? '', /CapacityUnits=800; .*--reset-capacity-reservation/);
    assert.match(lines[1]?.how ?? '', /provisioned capacity of 2 TRU/);
    assert.match(lines[2]?.how ?? '', /ECPUPerSecond=\{Minimum=50209\}/);
  });

  it('counts the buyers of overlapping sales at the balancer', () => {
    const [alone] = planned({});
    const [beside] = planned({}, 400_000);
    assert.equal(alone?.action, 'none');
    assert.deepEqual([beside?.action, beside?.need], ['raise', 261]);
  });
});
