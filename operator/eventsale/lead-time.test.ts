import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { measuredReadySeconds, timeToReady } from './lead-time.ts';
import { capacityOf } from './overlap.ts';
import { aPlatform } from './testing/platform-builder.ts';
import { aSale } from './testing/sale-builder.ts';

const HOUR = 3_600_000;
const T = Date.parse('2027-01-10T03:00:00Z');

describe('how long sales take to be ready', () => {
  it('is measured from the start of the run that became ready', () => {
    const at = (second: number) => new Date(T + second * 1000).toISOString();
    assert.equal(timeToReady(undefined), undefined);
    assert.equal(timeToReady([{ phase: 'Prescaling', at: at(0) }]), undefined);
    const phases = [
      { phase: 'Prescaling' as const, at: at(0) },
      // Rescheduled: the first run says nothing.
      { phase: 'Pending' as const, at: at(10) },
      { phase: 'Prescaling' as const, at: at(1000) },
      { phase: 'Ready' as const, at: at(1090) },
      // A replica was lost and came back.
      { phase: 'Prescaling' as const, at: at(1200) },
      { phase: 'Ready' as const, at: at(1300) },
    ];
    assert.equal(timeToReady(phases), 90);
  });

  /** A sale that opened so many hours later than the first, and took so long. */
  function took(hour: number, seconds: number | undefined, zone = 0): EventSale {
    const local = new Date(T + (hour + zone) * HOUR).toISOString().slice(0, 19);
    const offset = zone === 0 ? 'Z' : `${zone < 0 ? '-' : '+'}${String(Math.abs(zone)).padStart(2, '0')}:00`;
    const sale = aSale({ schedule: { opensAt: `${local}${offset}` } });
    return { ...sale, status: seconds === undefined ? {} : { report: { timeToReadySeconds: seconds } } };
  }

  it('is the p95 of the last twenty that were measured, by instant and not by the hour that people wrote', () => {
    assert.equal(measuredReadySeconds([took(1, undefined)]), undefined);
    assert.equal(measuredReadySeconds([took(1, 700)]), 700);
    const twenty = Array.from({ length: 20 }, (_, index) => took(index + 1, 100 + index));
    assert.equal(measuredReadySeconds(twenty), 118);
    // The twenty-first is the oldest, although its local hour looks like the latest of them all.
    assert.equal(measuredReadySeconds([took(-10, 9_999, 14), took(-11, 9_999, 14), ...twenty]), 118);
    assert.equal(measuredReadySeconds([took(30, 9_999), took(31, 9_999, -12), ...twenty]), 9_999);
  });

  it('makes Auto longer, never shorter', () => {
    const lead = (measuredReadySeconds?: number) =>
      capacityOf(aSale({ schedule: { prescaleLead: 'Auto' } }), aPlatform(), [], 1, { measuredReadySeconds })
        .leadSeconds;
    assert.equal(lead(10), lead());
    // 1.5 x 3,000 s and 20 minutes are 95 minutes.
    assert.equal(lead(3000), 95 * 60);
  });
});
