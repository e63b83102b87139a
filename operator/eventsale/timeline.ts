import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { afterClosing, suspended, whileOpen } from './after-opening.ts';
import { beforeOpening } from './before-opening.ts';
import { prescaleStart } from './decision.ts';
import {
  hasOpened,
  isLive,
  iso,
  type ObservedSale,
  type Outcome,
  type Phase,
  type Sale,
  type SalePlan,
} from './sale-facts.ts';
import { decisionTime, type SaleTimes, saleTimes, withInstants } from './schedule.ts';
import { standingBy } from './standing-by.ts';
import { recordWithGate } from './takeover.ts';

const HOUR_MS = 60 * 60_000;
/** How often each phase looks again. Opening needs none of these: the gate opens itself. */
const POLL_MS: Readonly<Record<Phase, number>> = {
  Pending: HOUR_MS,
  PendingApproval: HOUR_MS,
  Prescaling: 2_000,
  Ready: 15_000,
  Armed: 10_000,
  Held: 2_000,
  Open: 3_000,
  SoldOut: 3_000,
  Closing: 3_000,
  Closed: 2_000,
  ScaledDown: HOUR_MS,
  Suspended: 60_000,
  Standby: HOUR_MS,
  Missed: HOUR_MS,
  Aborted: HOUR_MS,
};

/**
 * Where a sale stands and what to do about it: a function of spec, facts and time, and of nothing else. A restart, a missed
 * window or another leader come to the same answer. The opening itself is data in the gate; this only prepares it.
 */
export function planSale(spec: EventSale['spec'], seen: ObservedSale, now: number, autoLeadMs = 35 * 60_000): SalePlan {
  const observed = { ...seen, record: recordWithGate(seen, now) };
  const wanted = saleTimes(spec, autoLeadMs);
  // Only what was closed here: a gate that was taken over says when somebody closed it, not what was wanted.
  const { times, refusedEdit } = editedAfterClosing(wanted, seen) ?? acceptedSchedule(wanted, observed, now);
  const gate = observed.gate ?? observed.record.gate;
  const sale: Sale = {
    spec,
    observed,
    now,
    times,
    gate,
    opened: hasOpened(observed, gate, now),
    decision: observed.record.decision?.about === times.opensAt ? observed.record.decision : undefined,
  };
  const over = (sale.opened && observed.record.closedAt !== undefined) || now >= times.closesAt;
  const outcome = observed.blocked?.standby
    ? standingBy(sale, over)
    : over
      ? afterClosing(sale)
      : spec.suspend
        ? suspended(sale)
        : sale.opened
          ? whileOpen(sale)
          : beforeOpening(sale);
  return {
    times,
    opened: sale.opened,
    opensAt: (sale.opened ? gate?.opensAtMs : undefined) ?? outcome.decision?.opensAt ?? times.opensAt,
    ...outcome,
    refusedEdit,
    wakeAt: wakeTime(outcome, sale),
  };
}

/** Doors that have closed for good do not open again, however late closesAt is set; nor does that keep capacity, or drop it. */
function editedAfterClosing(
  wanted: SaleTimes,
  { record: { accepted, openedAt, closedAt } }: ObservedSale,
): { times: SaleTimes; refusedEdit: string } | undefined {
  if (accepted === undefined || openedAt === undefined || closedAt === undefined) return undefined;
  if (wanted.closesAt === accepted.closesAt) return undefined;
  return {
    times: withInstants(accepted, wanted),
    refusedEdit: `spec.schedule.closesAt was edited after the doors had closed for good at ${iso(closedAt)}: make a new EventSale with another name`,
  };
}

/**
 * An armed opening stands unless one edit of it was allowed by name; one that has happened stands for good. The end of a
 * sale may always move: closing early or later takes nobody's place. An edit that was refused is refused as a whole.
 */
function acceptedSchedule(
  wanted: SaleTimes,
  { record, gate, rescheduleTo }: ObservedSale,
  now: number,
): { times: SaleTimes; refusedEdit?: string } {
  const { accepted, decision } = record;
  if (accepted === undefined) return { times: wanted };
  const known = gate ?? record.gate;
  const opened = record.openedAt !== undefined || (known !== undefined && isLive(known) && known.opensAtMs <= now);
  const armed = decision !== undefined && decision.verdict !== 'Abort' && decision.about === accepted.opensAt;
  if (!opened && !armed) return { times: wanted };
  const edited = (['opensAt', 'preQueueAt'] as const).find((name) => wanted[name] !== accepted[name]);
  if (edited === undefined) return { times: wanted };
  if (!opened && rescheduleTo !== undefined && rescheduleTo === wanted.opensAt) return { times: wanted };
  const standing = iso(accepted[edited]);
  const mend = opened
    ? 'the sale has opened; use spec.suspend to stop it, or make a new EventSale'
    : `set it back, or annotate the sale with ticketbottle.io/reschedule=${iso(wanted.opensAt)} to insist`;
  return {
    times: withInstants(accepted, wanted),
    refusedEdit: `spec.schedule.${edited} was edited after arming and ${standing} stands: ${mend}`,
  };
}

function paceOf(phase: Phase, { capacityHeld, gateProved }: ObservedSale): number {
  // What could not be given back yet, or not be proved again, is tried again soon.
  if (phase === 'Standby' && capacityHeld) return POLL_MS.Ready;
  if (phase === 'Armed' && !gateProved) return POLL_MS.Prescaling;
  return POLL_MS[phase];
}

/** The next boundary (also one and five minutes before it, for proofs), the phase's own pace, and never more than an hour. */
function wakeTime(outcome: Outcome, sale: Sale): number {
  const { phase, next, decision } = outcome;
  const { times, now } = sale;
  const boundaries = [
    times.prescaleAt,
    times.preQueueAt,
    times.armAt,
    decisionTime(times, prescaleStart(sale)),
    times.opensAt,
    times.closesAt,
    decision?.opensAt,
    next?.at,
  ].filter((at) => at !== undefined);
  const marks = boundaries.flatMap((at) => [at, at - 60_000, at - 5 * 60_000]);
  const pace = paceOf(phase, sale.observed);
  const soonest = Math.min(now + pace, now + HOUR_MS, ...marks.filter((at) => at > now));
  // A phase that is only passed through goes on at once.
  return (phase === 'Ready' || phase === 'Closed') && next !== undefined && next.at <= now
    ? Math.min(soonest, now + 100)
    : soonest;
}
