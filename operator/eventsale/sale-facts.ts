import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { Instants, SaleTimes } from './schedule.ts';

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
  /** Only where sales go from region to region. */
  readonly memory?: GateMemory | undefined;
}

/** What the gate remembers of a sale, for an object that does not: that of the region which takes it over. */
export interface GateMemory {
  /** Who wrote it last, and under which term of the region's lease. */
  readonly region: string;
  readonly term: number;
  readonly preQueueAtMs: number;
  /** The opening that was accepted. */
  readonly announcedAtMs: number;
  readonly decided?: Verdict | undefined;
  /** When somebody shut the doors. */
  readonly closedAtMs?: number | undefined;
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
  /** Term of the region's lease under which this object had the gate last. */
  readonly gateTerm?: number | undefined;
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
  /** Why nothing can be prepared: no platform, platform suspended. `standby`: another region serves, nothing may be touched. */
  readonly blocked?: { readonly message: string; readonly standby?: boolean | undefined } | undefined;
  /** Every line of the prescale, rehearsal included. The gate's own proof stands apart: being ready changes the gate. */
  readonly ready: boolean;
  /** The lines that are not ready, for people. */
  readonly waitingFor: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Undefined: Redis could not be asked. Null: there is none. */
  readonly gate?: GateFacts | null | undefined;
  /** The gate was read back and holds what this sale wants. */
  readonly gateProved: boolean;
  /** Each from another service, so each may be unknown by itself. */
  readonly figures?: SaleFigures | undefined;
  /** The sale was another region's, and stock of its paid orders that is lost here may not be restated yet. */
  readonly booksAwaited?: boolean | undefined;
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

/** What one pass of the timeline looks at. */
export interface Sale {
  readonly spec: EventSale['spec'];
  readonly observed: ObservedSale;
  readonly now: number;
  readonly times: SaleTimes;
  /** As read from Redis, else as last written. */
  readonly gate: GateFacts | undefined;
  readonly opened: boolean;
  readonly decision: Decision | undefined;
}

export type Outcome = Pick<SalePlan, 'phase' | 'decision' | 'next' | 'actions' | 'message'>;

/** A gate that was closed before it opened, or still waits for proof under policy Abort, lets nobody in. */
export function isLive(gate: GateFacts): boolean {
  return gate.closesAtMs > gate.opensAtMs && !(gate.armedAtMs === 0 && gate.paused);
}

export function hasOpened(observed: ObservedSale, gate: GateFacts | undefined, now: number): boolean {
  if (observed.record.openedAt !== undefined) return true;
  return gate !== undefined && isLive(gate) && gate.opensAtMs <= now;
}

export function armedAt(gate: GateFacts | undefined, now: number): number {
  return gate !== undefined && gate.armedAtMs > 0 ? gate.armedAtMs : now;
}

/** RFC 3339, without fractions where there are none. */
export function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
