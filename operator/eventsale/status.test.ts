import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { recordOf } from './record.ts';
import { mayHold } from './release.ts';
import type { Phase } from './sale-facts.ts';
import { stalledStatus } from './status.ts';
import { aSale } from './testing/sale-builder.ts';

const T = Date.parse('2027-01-10T03:00:00Z');

/** A sale that went through these phases, one a second. */
function through(phases: readonly Phase[]): EventSale {
  let sale = aSale();
  for (const [second, phase] of phases.entries())
    sale = { ...sale, status: stalledStatus(sale, [], T + second * 1000, phase) };
  return sale;
}

describe('the phases that a status remembers', () => {
  it('are fifty at most, and what was raised is still known after tickets went to and fro a hundred times', () => {
    const toAndFro = Array.from({ length: 100 }, (): Phase[] => ['Open', 'SoldOut']).flat();
    const sale = through(['Pending', 'Prescaling', 'Ready', 'Armed', ...toAndFro]);
    const phases = (sale.status?.phases ?? []).map(({ phase }) => phase);
    assert.equal(phases.length, 50);
    assert.deepEqual(phases.slice(0, 5), ['Pending', 'Prescaling', 'Ready', 'Armed', 'Open']);
    assert.deepEqual(phases.slice(-2), ['Open', 'SoldOut']);
    assert.equal(mayHold(sale), true);
    assert.equal(recordOf(sale).prescaleStartedAt, T + 1000);
    assert.equal(recordOf(sale).phaseSince, T + 203 * 1000);
  });

  it('tell what may have been raised, also by a sale that found everything ready or was late', () => {
    for (const phase of ['Prescaling', 'Ready', 'Armed', 'Held'] as const)
      assert.equal(mayHold(through(['Pending', phase])), true, phase);
    for (const phase of ['PendingApproval', 'Missed', 'Standby'] as const)
      assert.equal(mayHold(through(['Pending', phase])), false, phase);
  });
});
