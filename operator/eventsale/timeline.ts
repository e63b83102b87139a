import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { decisionTime, HANDS_OFF_MS, type Instants, type SaleTimes, saleTimes, withInstants } from './schedule.ts';

export type Phase = NonNullable<NonNullable<EventSale['status']>['phase']>;
export type Verdict = 'Open' | 'Hold' | 'OpenAnyway' | 'Abort';

/** What was decided about the opening, once. Times are Unix ms. */
export interface Decision {
  /** The opensAt that was decided about; another schedule needs another decision. */
  readonly about: number;
  readonly verdict: Verdict;
  readonly opensAt: number;
  readonly at: number;
  readonly reason: string;
}

/** The gate as it stands in Redis, Unix ms. */
export interface GateFacts {
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  /** 0: never proved ready. */
  readonly armedAtMs: number;
  readonly paused: boolean;
}

/** What the object's status remembers of earlier passes. Only facts: everything else is computed anew. */
export interface SaleRecord {
  readonly phase?: Phase | undefined;
  /** Since when `phase` holds. */
  readonly phaseSince?: number | undefined;
  readonly prescaleStartedAt?: number | undefined;
  readonly accepted?: Instants | undefined;
  readonly decision?: Decision | undefined;
  /** The gate as last written. */
  readonly gate?: GateFacts | undefined;
  readonly openedAt?: number | undefined;
  /** When the doors were closed for good. */
  readonly closedAt?: number | undefined;
}

export interface SaleFigures {
  readonly sold?: number | undefined;
  readonly total?: number | undefined;
  readonly active?: number | undefined;
  readonly pending?: number | undefined;
}

/** What is known of the world at this pass. Undefined means unknown, which never lowers capacity. */
export interface ObservedSale {
  readonly createdAt: number;
  readonly record: SaleRecord;
  /** Why nothing can be prepared: no platform, platform suspended, standby. */
  readonly blocked?: { readonly message: string } | undefined;
  /** Every line of the prescale, rehearsal included. The gate's own proof stands apart: being ready changes the gate. */
  readonly ready: boolean;
  /** The lines that are not ready, for people. */
  readonly waitingFor: string;
  /** Undefined: Redis could not be asked. Null: there is none. */
  readonly gate?: GateFacts | null | undefined;
  /** The gate was read back and holds what this sale wants. */
  readonly gateProved: boolean;
  /** Each from another service, so each may be unknown by itself. */
  readonly figures?: SaleFigures | undefined;
  /** Floors of this sale stand on the autoscalers. */
  readonly capacityHeld: boolean;
  /** Value of the annotation that allows one edit of an armed schedule: the new opensAt, Unix ms. */
  readonly rescheduleTo?: number | undefined;
}

export type Action =
  | { readonly kind: 'prescale' }
  | { readonly kind: 'rehearse' }
  | { readonly kind: 'write-gate'; readonly gate: WantedGate }
  | { readonly kind: 'close-gate' }
  | { readonly kind: 'release-capacity' }
  | { readonly kind: 'refresh-figures' };

/** The times and switches of the gate; rates and limits come from the spec and the plan. */
export interface WantedGate {
  readonly preQueueAtMs: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly armedAtMs: number;
  readonly paused: boolean;
}

export interface SalePlan {
  readonly phase: Phase;
  readonly times: SaleTimes;
  /** When the doors open as things stand. */
  readonly opensAt: number;
  readonly opened: boolean;
  readonly decision?: Decision | undefined;
  readonly next?: { readonly phase: Phase; readonly at: number } | undefined;
  readonly actions: readonly Action[];
  /** What is, and what to do next; for the Ready condition. */
  readonly message: string;
  /** An edit of the schedule that came too late. */
  readonly refusedEdit?: string | undefined;
  /** Unix ms of the next look; at most one hour ahead. */
  readonly wakeAt: number;
}

const HOUR_MS = 60 * 60_000;
/** A gate that is released from a hold, or written late, opens this much later: ticks must reach buyers first. */
const NOTICE_MS = 10_000;
/** How often each phase looks again. Opening needs none of these: the gate opens itself. */
const POLL_MS: Readonly<Record<Phase, number>> = {
  Pending: HOUR_MS,
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
  Missed: HOUR_MS,
  Aborted: HOUR_MS,
};

/**
 * Where a sale stands and what to do about it: a function of spec, facts and time, and of nothing else. A restart, a missed
 * window or another leader come to the same answer. The opening itself is data in the gate; this only prepares it.
 */
export function planSale(
  spec: EventSale['spec'],
  observed: ObservedSale,
  now: number,
  autoLeadMs = 35 * 60_000,
): SalePlan {
  const { times, refusedEdit } = acceptedSchedule(saleTimes(spec, autoLeadMs), observed, now);
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
  const outcome =
    (sale.opened && observed.record.closedAt !== undefined) || now >= times.closesAt
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

interface Sale {
  readonly spec: EventSale['spec'];
  readonly observed: ObservedSale;
  readonly now: number;
  readonly times: SaleTimes;
  /** As read from Redis, else as last written. */
  readonly gate: GateFacts | undefined;
  readonly opened: boolean;
  readonly decision: Decision | undefined;
}

type Outcome = Pick<SalePlan, 'phase' | 'decision' | 'next' | 'actions' | 'message'>;

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

/** A gate that was closed before it opened, or still waits for proof under policy Abort, lets nobody in. */
function isLive(gate: GateFacts): boolean {
  return gate.closesAtMs > gate.opensAtMs && !(gate.armedAtMs === 0 && gate.paused);
}

function hasOpened(observed: ObservedSale, gate: GateFacts | undefined, now: number): boolean {
  if (observed.record.openedAt !== undefined) return true;
  return gate !== undefined && isLive(gate) && gate.opensAtMs <= now;
}

function beforeOpening(sale: Sale): Outcome {
  const { now, times, observed, decision, gate } = sale;
  if (decision?.verdict === 'Abort') return aborted(sale, decision);
  const started = Math.max(times.opensAt, decision?.opensAt ?? 0);
  if (now - started > times.startDeadlineMs) return missed(sale);
  if (now < times.prescaleAt) return pending(sale);

  const settled = decide(sale);
  if (settled?.verdict === 'Abort') return aborted(sale, settled);
  const opensAt = settled?.opensAt ?? times.opensAt;
  const proven = settled?.verdict === 'Open' || (settled === undefined && observed.ready);
  const actions: Action[] = [
    ...(observed.blocked === undefined ? [{ kind: 'prescale' } as const, { kind: 'rehearse' } as const] : []),
    {
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        opensAtMs: opensAt,
        closesAtMs: times.closesAt,
        armedAtMs: proven || settled?.verdict === 'OpenAnyway' ? armedAt(gate, now) : 0,
        // Under Abort an unproved gate must stay shut even if nobody is left to abort.
        paused: sale.spec.waitroom.paused || (sale.spec.onNotReady.policy === 'Abort' && !proven),
      },
    },
  ];
  return { ...preparing(sale, settled, opensAt), decision: settled, actions };
}

function armedAt(gate: GateFacts | undefined, now: number): number {
  return gate !== undefined && gate.armedAtMs > 0 ? gate.armedAtMs : now;
}

function preparing(
  sale: Sale,
  decision: Decision | undefined,
  opensAt: number,
): Pick<Outcome, 'phase' | 'next' | 'message'> {
  const { observed, now, times } = sale;
  const open = { phase: 'Open', at: opensAt } as const;
  const waiting = observed.blocked?.message ?? observed.waitingFor;
  if (decision?.verdict === 'Hold')
    return {
      phase: 'Held',
      next: open,
      message: `the opening is held until ${iso(opensAt)} at the latest; waiting for ${waiting}`,
    };
  if (decision !== undefined && observed.gateProved) {
    // Ready is passed through visibly, also by a sale in a hurry.
    if (decision.verdict === 'Open' && observed.ready && !hasBeenReady(observed.record))
      return { phase: 'Ready', next: { phase: 'Armed', at: now }, message: 'proved ready; arming' };
    const state = observed.ready ? 'the doors open by themselves' : `the doors open although not ready: ${waiting}`;
    return { phase: 'Armed', next: open, message: `armed for ${iso(opensAt)}; ${state}` };
  }
  const decideAt = decisionTime(times, prescaleStart(sale));
  if (observed.ready && observed.gateProved)
    return {
      phase: 'Ready',
      next: { phase: 'Armed', at: Math.max(times.armAt, now) },
      message: `proved ready; armed at ${iso(times.armAt)}, until then the schedule may be edited`,
    };
  return {
    phase: 'Prescaling',
    next: { phase: 'Ready', at: decideAt },
    message: `waiting for ${waiting}; at ${iso(decideAt)} onNotReady=${sale.spec.onNotReady.policy} decides`,
  };
}

function hasBeenReady(record: SaleRecord): boolean {
  return record.phase === 'Ready' || record.phase === 'Armed' || record.phase === 'Held';
}

function prescaleStart({ observed, now, times }: Sale): number {
  const started = observed.record.prescaleStartedAt ?? now;
  // A start that belongs to an earlier schedule says nothing about this one.
  return Math.max(started, times.prescaleAt, observed.createdAt);
}

/** The decision about the opening: the one that stands, a hold released, or a new one when its time has come. */
function decide(sale: Sale): Decision | undefined {
  const { observed, now, times, gate, decision } = sale;
  const verdict = (name: Verdict, opensAt: number, reason: string): Decision => ({
    about: times.opensAt,
    verdict: name,
    opensAt,
    at: now,
    reason,
  });
  if (decision?.verdict === 'Hold' && observed.ready && now + NOTICE_MS < decision.opensAt)
    return verdict('Open', Math.max(times.opensAt, now + NOTICE_MS), 'became ready while held');
  if (decision !== undefined) return decision;

  const due = now >= decisionTime(times, prescaleStart(sale));
  if (observed.ready && (due || now >= times.armAt))
    return verdict('Open', notBefore(times.opensAt, now), 'proved ready');
  if (!due) return undefined;
  const why = observed.blocked?.message ?? observed.waitingFor;
  switch (sale.spec.onNotReady.policy) {
    case 'Abort':
      return verdict('Abort', times.opensAt, why);
    case 'OpenAnyway':
      return verdict('OpenAnyway', notBefore(times.opensAt, now), why);
    case 'Hold': {
      const announced = gate !== undefined && isLive(gate) && gate.opensAtMs > now;
      // Buyers see the doors about to open: the last seconds are no time to move them.
      if (announced && gate.opensAtMs === times.opensAt && times.opensAt - now < HANDS_OFF_MS)
        return verdict('OpenAnyway', times.opensAt, `too late to hold; ${why}`);
      const latest = Math.max(times.opensAt, now) + times.maxDelayMs;
      // A hold whose record was lost with a crash is found in the gate.
      const moved = announced && gate.opensAtMs > times.opensAt && gate.opensAtMs <= latest;
      return verdict('Hold', moved ? gate.opensAtMs : latest, why);
    }
  }
}

/** The announced instant, or shortly after now when that has passed. */
function notBefore(opensAt: number, now: number): number {
  return opensAt > now ? opensAt : now + NOTICE_MS;
}

function pending(sale: Sale): Outcome {
  const { times, gate, observed } = sale;
  const actions: Action[] = [];
  if (observed.capacityHeld) actions.push({ kind: 'release-capacity' });
  // A schedule that moved away leaves a gate with the old instant behind, and buyers who keep their places.
  if (gate !== undefined)
    actions.push({
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        opensAtMs: times.opensAt,
        closesAtMs: times.closesAt,
        armedAtMs: 0,
        paused: sale.spec.waitroom.paused || sale.spec.onNotReady.policy === 'Abort',
      },
    });
  const blocked = observed.blocked === undefined ? '' : `; mend before then: ${observed.blocked.message}`;
  return {
    phase: 'Pending',
    next: { phase: 'Prescaling', at: times.prescaleAt },
    actions,
    message: `scheduled: prescaling starts at ${iso(times.prescaleAt)}${blocked}`,
  };
}

function missed(sale: Sale): Outcome {
  return {
    phase: 'Missed',
    next: { phase: 'Closed', at: sale.times.closesAt },
    actions: shutAndRelease(sale),
    message:
      'opensAt passed without the sale having been armed, beyond schedule.startDeadline; nothing was opened: ' +
      'move spec.schedule.opensAt into the future to try again',
  };
}

function aborted(sale: Sale, decision: Decision): Outcome {
  return {
    phase: 'Aborted',
    decision,
    next: { phase: 'Closed', at: sale.times.closesAt },
    actions: shutAndRelease(sale),
    message:
      `not ready at arming time and onNotReady is Abort (${decision.reason}); nothing was opened: ` +
      'mend it and move spec.schedule.opensAt into the future',
  };
}

function shutAndRelease({ gate, observed, now }: Sale): Action[] {
  const actions: Action[] = [];
  if (gate !== undefined && gate.closesAtMs > now) actions.push({ kind: 'close-gate' });
  if (observed.capacityHeld) actions.push({ kind: 'release-capacity' });
  return actions;
}

function suspended(sale: Sale): Outcome {
  const { gate, times, decision, opened } = sale;
  const actions: Action[] = opened ? [{ kind: 'refresh-figures' }] : [];
  if (gate !== undefined && gate.closesAtMs > gate.opensAtMs)
    actions.push({
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        opensAtMs: opened ? gate.opensAtMs : (decision?.opensAt ?? Math.max(gate.opensAtMs, times.opensAt)),
        closesAtMs: times.closesAt,
        // An armed gate stays armed: pausing it is what shuts it. An unproved one stays unproved.
        armedAtMs: gate.armedAtMs,
        paused: true,
      },
    });
  return {
    phase: 'Suspended',
    decision,
    next: { phase: 'Closed', at: times.closesAt },
    actions,
    message: `suspended: nobody is admitted and nothing is prepared${opened ? '; buyers inside may finish' : ''}; set spec.suspend to false to go on`,
  };
}

function whileOpen(sale: Sale): Outcome {
  const { observed, now, times, gate, decision } = sale;
  const { record } = observed;
  const { sold, total, pending } = observed.figures ?? {};
  const actions: Action[] = [
    { kind: 'refresh-figures' },
    ...(observed.blocked === undefined ? [{ kind: 'prescale' } as const] : []),
    {
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        // What has opened has opened: never another instant, also when Redis lost the gate.
        opensAtMs: gate?.opensAtMs ?? decision?.opensAt ?? times.opensAt,
        closesAtMs: times.closesAt,
        armedAtMs: armedAt(gate, now),
        paused: sale.spec.waitroom.paused,
      },
    },
  ];
  const soldOut = sold === undefined || total === undefined ? record.phase === 'SoldOut' : total > 0 && sold >= total;
  if (!soldOut)
    return {
      phase: 'Open',
      decision,
      next: { phase: 'Closing', at: times.closesAt },
      actions,
      message: sale.spec.waitroom.paused
        ? 'open, admissions paused by spec.waitroom.paused'
        : 'open: buyers are admitted',
    };
  const since = record.phase === 'SoldOut' ? (record.phaseSince ?? now) : now;
  const quietAt = since + times.cooldownMs;
  const quiet = pending === 0;
  if (now >= quietAt && (quiet || now >= quietAt + times.checkoutTtlMs)) {
    return {
      phase: 'Closed',
      decision,
      next: { phase: 'ScaledDown', at: now },
      actions: [{ kind: 'refresh-figures' }, { kind: 'close-gate' }, { kind: 'release-capacity' }],
      message: 'sold out and quiet: doors closed, capacity is given back',
    };
  }
  return {
    phase: 'SoldOut',
    decision,
    next: { phase: 'Closed', at: Math.min(quietAt, times.closesAt) },
    actions,
    message: `sold out; doors close and capacity is given back at ${iso(quietAt)} when nothing comes back`,
  };
}

function afterClosing(sale: Sale): Outcome {
  const { observed, now, times, gate, opened, decision } = sale;
  const { figures, record } = observed;
  const early = record.closedAt !== undefined && record.closedAt < times.closesAt;
  const shut: Action[] = gate !== undefined && gate.closesAtMs > now ? [{ kind: 'close-gate' }] : [];
  const look: Action[] = opened && record.phase !== 'ScaledDown' ? [{ kind: 'refresh-figures' }] : [];
  const drained = !opened || (figures?.active === 0 && figures.pending === 0);
  const over = opened ? 'over: doors closed, capacity given back' : 'over; the doors never opened';
  const drainBy = times.closesAt + times.checkoutTtlMs;
  const passedClosed = record.phase === 'Closed' || record.phase === 'ScaledDown';
  if (!passedClosed && !drained && now < drainBy)
    return {
      phase: 'Closing',
      decision,
      next: { phase: 'Closed', at: drainBy },
      actions: [...look, ...shut],
      message: `doors closed; buyers inside may finish until ${iso(drainBy)}`,
    };
  // A sale that never opened, or that was closed after being sold out and quiet, has nothing left to cool down.
  const scaleDownAt = !opened || early ? now : times.closesAt + times.cooldownMs;
  if (now >= scaleDownAt && !observed.capacityHeld && passedClosed)
    return { phase: 'ScaledDown', decision, actions: [...look, ...shut], message: over };
  return {
    phase: 'Closed',
    decision,
    next: { phase: 'ScaledDown', at: scaleDownAt },
    actions: [...look, ...shut, ...(now >= scaleDownAt ? [{ kind: 'release-capacity' } as const] : [])],
    message: `closed; capacity is kept until ${iso(scaleDownAt)}`,
  };
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
  const soonest = Math.min(now + POLL_MS[phase], now + HOUR_MS, ...marks.filter((at) => at > now));
  // A phase that is only passed through goes on at once.
  return (phase === 'Ready' || phase === 'Closed') && next !== undefined && next.at <= now
    ? Math.min(soonest, now + 100)
    : soonest;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
