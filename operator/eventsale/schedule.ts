import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { durationMs } from '#runtime/duration.ts';
import { fromIso } from '#runtime/timestamp.ts';

/** Capacity of the front tier must stand this long before buyers may come. */
const FRONT_LEAD_MS = 10 * 60_000;
/** From here on a proved sale is armed and its schedule is frozen. */
export const ARM_LEAD_MS = 10 * 60_000;
/** No decision is due closer to the opening than this. */
const DECIDE_LEAD_MS = 30_000;
/** A decision that comes late, after downtime, still may hold the doors; closer than this nothing moves any more. */
export const HANDS_OFF_MS = 15_000;
const DEFAULT_PRE_QUEUE_MS = 15 * 60_000;

/** All instants of a sale, Unix ms. */
export interface SaleTimes {
  readonly prescaleAt: number;
  readonly preQueueAt: number;
  readonly armAt: number;
  readonly opensAt: number;
  readonly closesAt: number;
  readonly leadMs: number;
  readonly cooldownMs: number;
  readonly startDeadlineMs: number;
  readonly checkoutTtlMs: number;
  readonly maxDelayMs: number;
}

/** Derived from a spec that `validateSale` found sound. `autoLeadMs` is what the capacity plan asks for. */
export function saleTimes(spec: EventSale['spec'], autoLeadMs: number): SaleTimes {
  const { schedule } = spec;
  const opensAt = fromIso(schedule.opensAt, 'spec.schedule.opensAt');
  const preQueueAt =
    schedule.preQueueAt === undefined
      ? opensAt - DEFAULT_PRE_QUEUE_MS
      : fromIso(schedule.preQueueAt, 'spec.schedule.preQueueAt');
  return withInstants(
    { opensAt, preQueueAt, closesAt: fromIso(schedule.closesAt, 'spec.schedule.closesAt') },
    {
      leadMs: schedule.prescaleLead === 'Auto' ? autoLeadMs : durationMs(schedule.prescaleLead),
      cooldownMs: durationMs(schedule.cooldown),
      startDeadlineMs: durationMs(schedule.startDeadline),
      checkoutTtlMs: durationMs(spec.waitroom.checkoutTTL),
      maxDelayMs: durationMs(spec.onNotReady.maxDelay),
    },
  );
}

/** The instants that an accepted schedule fixes. */
export interface Instants {
  readonly preQueueAt: number;
  readonly opensAt: number;
  readonly closesAt: number;
}

type Spans = Pick<SaleTimes, 'leadMs' | 'cooldownMs' | 'startDeadlineMs' | 'checkoutTtlMs' | 'maxDelayMs'>;

/** The same sale with other instants: those of the schedule that was armed. */
export function withInstants({ opensAt, preQueueAt, closesAt }: Instants, spans: Spans): SaleTimes {
  const { leadMs, cooldownMs, startDeadlineMs, checkoutTtlMs, maxDelayMs } = spans;
  return {
    // Streams of buyers start at preQueueAt and do not move to replicas that come later.
    prescaleAt: Math.min(opensAt - leadMs, preQueueAt - Math.min(leadMs, FRONT_LEAD_MS)),
    preQueueAt,
    armAt: opensAt - ARM_LEAD_MS,
    opensAt,
    closesAt,
    leadMs,
    cooldownMs,
    startDeadlineMs,
    checkoutTtlMs,
    maxDelayMs,
  };
}

/**
 * When it is decided whether the sale opens, holds or is aborted: at armAt; for a sale that had less time than that,
 * after two thirds of its time, yet never within the last 30 s.
 */
export function decisionTime(times: SaleTimes, prescaleStartedAt: number): number {
  const third = (times.opensAt - prescaleStartedAt) / 3;
  return times.opensAt - Math.max(DECIDE_LEAD_MS, Math.min(ARM_LEAD_MS, third));
}
