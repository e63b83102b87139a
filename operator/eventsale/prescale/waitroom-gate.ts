import type { EventSale } from '#operator/api/eventsale.gen.ts';
import {
  type DesiredGate,
  type GateRegion,
  type ObservedGate,
  obeys,
  type SaleGate,
} from '#operator/external/sale-gate.ts';
import { GATE_FIELD } from '#proto/names.ts';
import { durationMs } from '#runtime/duration.ts';
import type { CapacityPlan } from '../capacity.ts';
import type { GateFacts, GateMemory, SalePlan, Verdict, WantedGate } from '../sale-facts.ts';
import type { PrescaleLine } from './line.ts';

/** Above this the condition says so; above REFUSE_SKEW_MS nothing is armed. */
export const WARN_SKEW_MS = 250;
export const REFUSE_SKEW_MS = 2_000;

const VERDICTS: readonly Verdict[] = ['Open', 'Hold', 'OpenAnyway', 'Abort'];

export interface GateScope {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly capacity: CapacityPlan;
  readonly fencingToken: number;
  readonly region: GateRegion | undefined;
}

/** The whole gate: instants from the timeline, rates from spec and plan. The room never admits more than is safe. */
export function desiredGate(
  { sale, eventId, capacity, fencingToken, region }: GateScope,
  wanted: WantedGate,
  plan?: Pick<SalePlan, 'times' | 'decision'>,
): DesiredGate {
  const { waitroom } = sale.spec;
  return {
    eventId,
    saleUid: sale.metadata.uid,
    generation: sale.metadata.generation,
    fencingToken,
    ...(region === undefined ? {} : { region }),
    ...(plan === undefined ? {} : { announcedAtMs: plan.times.opensAt, decided: plan.decision?.verdict ?? '' }),
    ...wanted,
    message: wanted.paused ? (waitroom.message ?? '') : '',
    admissionsPerMinute: capacity.admission.safePerMinute,
    maxConcurrentCheckouts: waitroom.maxConcurrentCheckouts,
    maxQueueLength: waitroom.maxQueueLength ?? 0,
    checkoutTtlMs: durationMs(waitroom.checkoutTTL),
    claimWindowMs: durationMs(waitroom.claimWindow),
    idleTimeoutMs: waitroom.idleTimeout === undefined ? 0 : durationMs(waitroom.idleTimeout),
    ordering: waitroom.ordering,
  };
}

/** Writes what differs, reads it back from the primary, and says whether it now stands as wanted. */
export async function proveGate(
  gate: SaleGate,
  desired: DesiredGate,
  observed: ObservedGate,
  signal: AbortSignal,
): Promise<{ observed: ObservedGate; proved: boolean; written: boolean }> {
  const changes = gate.diff(desired, observed);
  if (changes.length === 0) return { observed, proved: true, written: false };
  await gate.apply(changes, signal);
  const after = await gate.observe(desired, signal);
  return { observed: after, proved: gate.diff(desired, after).length === 0, written: true };
}

/** The gate as the timeline sees it; null when there is none of this sale. */
export function gateFacts({ fields }: ObservedGate, desired: DesiredGate): GateFacts | null {
  if (fields === undefined || !obeys(fields, desired)) return null;
  const number = (name: string) => Number(fields[name] ?? 0);
  return {
    opensAtMs: number(GATE_FIELD.opensAtMs),
    closesAtMs: number(GATE_FIELD.closesAtMs),
    armedAtMs: number(GATE_FIELD.armedAtMs),
    paused: fields[GATE_FIELD.paused] === '1',
    memory: desired.region === undefined ? undefined : memoryOf(fields),
  };
}

function memoryOf(fields: Readonly<Record<string, string>>): GateMemory {
  const number = (name: string) => Number(fields[name] ?? 0);
  const decided = fields[GATE_FIELD.decided] ?? '';
  const closedAtMs = number(GATE_FIELD.closedAtMs);
  return {
    region: fields[GATE_FIELD.region] ?? '',
    term: number(GATE_FIELD.regionTerm),
    preQueueAtMs: number(GATE_FIELD.preQueueAtMs),
    announcedAtMs: number(GATE_FIELD.announcedAtMs),
    decided: VERDICTS.find((one) => one === decided),
    closedAtMs: closedAtMs === 0 ? undefined : closedAtMs,
  };
}

/** Our clock against the one that judges the opening. */
export function clockLine(observed: ObservedGate | undefined): PrescaleLine {
  const line = { what: 'clock', want: `within ${REFUSE_SKEW_MS} ms of Redis` };
  if (observed === undefined) return { ...line, have: 'unknown', ready: false, message: 'Redis did not answer' };
  // Half the round trip is what the measurement itself may be wrong by.
  const offset = Math.max(0, Math.abs(observed.offsetMs) - observed.roundTripMs / 2);
  if (offset <= WARN_SKEW_MS) return { ...line, have: `within ${WARN_SKEW_MS} ms`, ready: true };
  const have = `${Math.round(observed.offsetMs / 50) * 50} ms off`;
  const message = 'synchronise the clocks (chrony, ntpd) of the nodes that run Redis and the operator';
  return { ...line, have, ready: offset <= REFUSE_SKEW_MS, message };
}

export function gateLine(
  wanted: WantedGate | undefined,
  facts: GateFacts | null | undefined,
  proved: boolean,
  failure: string | undefined,
): PrescaleLine {
  const have =
    facts === undefined ? 'unknown' : facts === null ? 'none' : `opens ${new Date(facts.opensAtMs).toISOString()}`;
  return {
    what: 'gate',
    want: wanted === undefined ? 'a gate' : `opens ${new Date(wanted.opensAtMs).toISOString()}`,
    have,
    ready: proved,
    ...(failure === undefined ? {} : { message: failure }),
  };
}
