import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { estimateCost } from './cost.ts';
import { capacityOf } from './overlap.ts';
import type { PrescaleLine } from './prescale/line.ts';
import { recordOf } from './record.ts';
import type { Phase } from './sale-facts.ts';
import { stalledStatus, statusOf } from './status.ts';
import { aPlatform } from './testing/platform-builder.ts';
import { aSale } from './testing/sale-builder.ts';
import { planSale } from './timeline.ts';

const T = Date.parse('2027-01-10T03:00:00Z');

/** A sale that went through these phases, one a second. */
function through(phases: readonly Phase[]): EventSale {
  let sale = aSale();
  for (const [second, phase] of phases.entries())
    sale = { ...sale, status: stalledStatus(sale, [], T + second * 1000, phase) };
  return sale;
}

describe('the phases that a status remembers', () => {
  it('are fifty at most, and when prescaling began is still known after tickets went to and fro a hundred times', () => {
    const toAndFro = Array.from({ length: 100 }, (): Phase[] => ['Open', 'SoldOut']).flat();
    const sale = through(['Pending', 'Prescaling', 'Ready', 'Armed', ...toAndFro]);
    const phases = (sale.status?.phases ?? []).map(({ phase }) => phase);
    assert.equal(phases.length, 50);
    assert.deepEqual(phases.slice(0, 5), ['Pending', 'Prescaling', 'Ready', 'Armed', 'Open']);
    assert.deepEqual(phases.slice(-2), ['Open', 'SoldOut']);
    assert.equal(recordOf(sale).prescaleStartedAt, T + 1000);
    assert.equal(recordOf(sale).phaseSince, T + 203 * 1000);
  });
});

describe('the replicas that a status wants', () => {
  const floor = { what: 'floor/gateway', want: 'at least 3', have: '3', ready: true };
  /** The status after a look at a sale that stands in this phase. */
  function statusAfter(phases: readonly Phase[], now: number, lines: readonly PrescaleLine[]) {
    const demand = { expectedBuyers: 1_000_000, peakJoinsPerSecond: 20_000 };
    const sale = { ...through(phases), spec: aSale({ demand }).spec };
    const capacity = capacityOf(sale, aPlatform(), [], 3);
    const plan = planSale(
      sale.spec,
      {
        createdAt: Date.parse(sale.metadata.creationTimestamp),
        record: recordOf(sale),
        ready: false,
        waitingFor: '',
        gate: null,
        gateProved: false,
        capacityHeld: lines.length > 0,
      },
      now,
    );
    const cost = estimateCost(capacity, () => 1, plan.times);
    const none = { eventId: 'e', replicasOf: () => 1, conditions: [], gateProved: false };
    return statusOf({ ...none, sale, plan, capacity, cost, lines }, now);
  }

  it('are those of the plan until everything was given back, then none', () => {
    const scheduled = statusAfter(['Pending'], T - 86_400_000, []);
    assert.equal(scheduled.phase, 'Pending');
    assert.ok((scheduled.replicas?.want ?? 0) > 7);
    assert.ok(scheduled.byHand);
    const closed = statusAfter(['Prescaling', 'Open', 'Closed'], Date.parse('2027-01-10T05:05:00Z'), [floor]);
    assert.equal(closed.phase, 'Closed');
    assert.deepEqual(closed.replicas, scheduled.replicas);
    for (const [phases, now] of [
      [['Prescaling', 'Open', 'Closed'], '2027-01-10T07:00:00Z'],
      [['Pending'], '2027-01-10T04:00:00Z'],
    ] as const) {
      const over = statusAfter(phases, Date.parse(now), []);
      assert.ok(over.phase === 'ScaledDown' || over.phase === 'Missed', over.phase);
      assert.deepEqual([over.replicas, over.capacityPlan, over.byHand], [undefined, undefined, undefined]);
    }
  });
});
