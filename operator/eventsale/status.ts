import type { Condition } from '#operator/api/conditions.ts';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { ServiceName } from '#proto/names.ts';
import { byHand } from './by-hand.ts';
import type { CapacityPlan } from './capacity.ts';
import type { CostEstimate } from './cost.ts';
import { timeToReady } from './lead-time.ts';
import type { LiveFigures } from './live-figures.ts';
import type { PrescaleLine } from './prescale/line.ts';
import type { RehearsalFacts } from './prescale/rehearsal.ts';
import type { GateFacts, Phase, SalePlan } from './sale-facts.ts';
import type { SaleTimes } from './schedule.ts';

type Status = NonNullable<EventSale['status']>;

export interface StatusFacts {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly plan: SalePlan;
  readonly capacity: CapacityPlan;
  readonly cost: CostEstimate;
  /** Ready replicas of a service. */
  readonly replicasOf: (service: ServiceName) => number;
  readonly conditions: readonly Condition[];
  /** Empty while nothing is held for this sale. */
  readonly lines: readonly PrescaleLine[];
  readonly rehearsal?: RehearsalFacts | undefined;
  /** The gate as read back; null when there is none, undefined when unknown. */
  readonly gate?: GateFacts | null | undefined;
  readonly gateProved: boolean;
  readonly seedCommitment?: string | undefined;
  readonly gateGeneration?: number | undefined;
  readonly figures?: LiveFigures | undefined;
}

/** A proof is told again at most this often, so that proving does not make the object change all the time. */
const PROOF_SHOWN_EVERY_MS = 60_000;
const MAX_PHASES = 50;
/** How a sale began (what it raised, when it was ready) stays known, however often it goes to and fro afterwards. */
const FIRST_PHASES = 20;
const OVER: ReadonlySet<Phase> = new Set(['Closed', 'ScaledDown', 'Missed', 'Aborted']);

/** The whole status of a sale, from facts; what was not looked at this time stays as it was. */
export function statusOf(facts: StatusFacts, nowMs: number): Status {
  const { sale, plan, capacity, lines } = facts;
  const before = sale.status ?? {};
  const phases = enteredPhases(before, plan.phase, nowMs);
  const { times } = plan;
  const safe = capacity.admission;
  const sellOut = capacity.sellOutSeconds / 60;
  const decision = plan.decision;
  return {
    observedGeneration: sale.metadata.generation,
    conditions: facts.conditions.map((condition) => ({ ...condition })),
    phase: plan.phase,
    eventId: facts.eventId,
    ...(plan.next === undefined ? {} : { nextTransition: { phase: plan.next.phase, at: iso(plan.next.at) } }),
    phases,
    schedule: scheduleStatus(times),
    ...replicaStatus(facts),
    cost: { ...facts.cost },
    admission: {
      declaredPerMinute: safe.declaredPerMinute,
      sustainablePerMinute: safe.sustainablePerMinute,
      safePerMinute: safe.safePerMinute,
      ...(safe.limitedBy === undefined ? {} : { limitedBy: safe.limitedBy }),
      ...(Number.isFinite(sellOut) ? { sellOutMinutes: Math.ceil(sellOut) } : {}),
    },
    ...(capacity.warnings.length === 0 ? {} : { warnings: [...capacity.warnings] }),
    ...byHandStatus(facts),
    ...(lines.length === 0
      ? {}
      : {
          prescale: lines.map((line) => withReadyAt(before, line, nowMs)),
          prescaleReady: `${lines.filter((line) => line.ready).length}/${lines.length}`,
        }),
    ...rehearsalStatus(before, facts.rehearsal),
    ...(decision === undefined
      ? {}
      : {
          decision: {
            about: iso(decision.about),
            verdict: decision.verdict,
            opensAt: iso(decision.opensAt),
            at: iso(decision.at),
            reason: decision.reason.slice(0, 1024),
          },
        }),
    ...gateStatus(before, facts, nowMs),
    ...figureStatus(before, facts.figures),
    ...reportStatus(before, plan, phases, facts.figures),
  };
}

function scheduleStatus(times: SaleTimes): NonNullable<Status['schedule']> {
  return {
    prescaleAt: iso(times.prescaleAt),
    preQueueAt: iso(times.preQueueAt),
    armAt: iso(times.armAt),
    opensAt: iso(times.opensAt),
    closesAt: iso(times.closesAt),
    scaleDownAt: iso(times.closesAt + times.cooldownMs),
  };
}

/** What is wanted and what there is; nothing once everything was given back. */
function replicaStatus({ plan, capacity, lines, replicasOf }: StatusFacts): Pick<Status, 'capacityPlan' | 'replicas'> {
  if (OVER.has(plan.phase) && lines.length === 0) return {};
  return {
    capacityPlan: capacity.services.map(({ service, replicas, loadRps, reason, capped }) => ({
      service,
      replicas,
      loadRps,
      reason,
      capped,
      have: replicasOf(service),
    })),
    replicas: {
      want: capacity.services.reduce((sum, { replicas }) => sum + replicas, 0),
      have: capacity.services.reduce((sum, { service }) => sum + replicasOf(service), 0),
    },
  };
}

function byHandStatus({ capacity, plan }: StatusFacts): Pick<Status, 'byHand'> {
  // Once the doors are open it is too late to ask, and when none open there is nothing to ask for.
  const left = plan.opened || OVER.has(plan.phase) ? [] : byHand(capacity.stores, plan.times.preQueueAt);
  return left.length === 0 ? {} : { byHand: left.map((one) => ({ ...one, askBy: iso(one.askBy) })) };
}

/** Since when a line is ready; one that was lost in between starts anew. */
function withReadyAt(
  before: Status,
  { refusal: _shownAsCondition, ...line }: PrescaleLine,
  nowMs: number,
): NonNullable<Status['prescale']>[number] {
  if (!line.ready) return line;
  const known = before.prescale?.find((one) => one.what === line.what && one.ready);
  return { ...line, readyAt: known?.readyAt ?? iso(nowMs) };
}

/** When a sale stands still because its spec cannot be followed: the phase stays what it was. */
export function stalledStatus(
  sale: EventSale,
  conditions: readonly Condition[],
  nowMs: number,
  phase: Phase = sale.status?.phase ?? 'Pending',
  /** Those of a spec that is sound, where it is something else that stands in the way. */
  times?: SaleTimes,
): Status {
  return {
    ...sale.status,
    ...(times === undefined ? {} : { schedule: scheduleStatus(times) }),
    observedGeneration: sale.metadata.generation,
    conditions: conditions.map((condition) => ({ ...condition })),
    phase,
    phases: enteredPhases(sale.status ?? {}, phase, nowMs),
  };
}

const PREPARING: ReadonlySet<Phase> = new Set(['Prescaling', 'Ready', 'Armed', 'Held']);

/**
 * That a sale begins to raise capacity, from before it does: whoever comes after a crash finds in it that there is something
 * to give back. `expected`: the phase if all goes well.
 */
export function beginningStatus(
  sale: EventSale,
  conditions: readonly Condition[],
  nowMs: number,
  expected: Phase,
): Status {
  const before = sale.status?.phase;
  const kept = before !== undefined && (PREPARING.has(before) || !PREPARING.has(expected));
  return {
    ...stalledStatus(sale, conditions, nowMs, kept ? before : PREPARING.has(expected) ? 'Prescaling' : expected),
    prescale: [{ what: 'beginning', want: 'every line', have: 'none yet', ready: false }],
    prescaleReady: '0/1',
  };
}

function enteredPhases(before: Status, phase: Phase, nowMs: number): NonNullable<Status['phases']> {
  const phases = before.phases ?? [];
  if (phases.at(-1)?.phase === phase) return phases;
  const entered = [...phases, { phase, at: iso(nowMs) }];
  return [...entered.slice(0, FIRST_PHASES), ...entered.slice(FIRST_PHASES).slice(FIRST_PHASES - MAX_PHASES)];
}

function rehearsalStatus(before: Status, facts: RehearsalFacts | undefined): Pick<Status, 'rehearsal'> {
  if (facts === undefined) return before.rehearsal === undefined ? {} : { rehearsal: before.rehearsal };
  if (facts.attempts === 0 && facts.passedAt === undefined) return {};
  return {
    rehearsal: {
      attempts: facts.attempts,
      passes: facts.passes,
      burst: facts.burst,
      ...(facts.passedAt === undefined ? {} : { passedAt: iso(facts.passedAt) }),
      ...(facts.lastError === undefined ? {} : { lastError: facts.lastError }),
    },
  };
}

function gateStatus(before: Status, facts: StatusFacts, nowMs: number): Pick<Status, 'gate'> {
  const { gate, plan } = facts;
  // Unknown, or lost after the opening: what was written last is what restores it.
  if (gate === undefined || (gate === null && plan.opened))
    return before.gate === undefined ? {} : { gate: before.gate };
  // A gate shut before it opened is no gate: a later schedule starts without one.
  if (gate === null || (!plan.opened && gate.closesAtMs <= gate.opensAtMs)) return {};
  const shown = before.gate?.provedAt;
  const stale = shown === undefined || nowMs - Date.parse(shown) >= PROOF_SHOWN_EVERY_MS;
  const provedAt = facts.gateProved && stale ? iso(nowMs) : shown;
  return {
    gate: {
      opensAt: iso(gate.opensAtMs),
      ...(gate.armedAtMs === 0 ? {} : { armedAt: iso(gate.armedAtMs) }),
      ...(provedAt === undefined ? {} : { provedAt }),
      ...(facts.gateGeneration === undefined ? {} : { generation: facts.gateGeneration }),
      ...(facts.seedCommitment === undefined ? {} : { seedCommitment: facts.seedCommitment }),
      ...(gate.memory === undefined || gate.memory.term === 0 ? {} : { term: gate.memory.term }),
    },
  };
}

function figureStatus(
  before: Status,
  figures: LiveFigures | undefined,
): Pick<Status, 'waitroom' | 'inventory' | 'sold' | 'total' | 'ledger'> {
  const waitroom = roomOf(figures) ?? before.waitroom;
  const inventory = figures?.stock?.classes.map((one) => ({ ...one })) ?? before.inventory;
  const sold = figures?.stock?.sold ?? before.sold;
  const total = figures?.stock?.total ?? before.total;
  const ledger = {
    ...before.ledger,
    ...(figures?.stockLedger === undefined ? {} : { oversold: figures.stockLedger.oversold }),
    ...(figures?.orders === undefined
      ? {}
      : {
          paidWithoutTicket: figures.orders.paidWithoutTicket,
          ticketWithoutPayment: figures.orders.ticketWithoutPayment,
          ticketWithoutStock: figures.orders.ticketWithoutStock,
        }),
  };
  return {
    ...(waitroom === undefined ? {} : { waitroom }),
    ...(inventory === undefined ? {} : { inventory }),
    ...(sold === undefined ? {} : { sold }),
    ...(total === undefined ? {} : { total }),
    ...(Object.keys(ledger).length === 0 ? {} : { ledger }),
  };
}

function roomOf(figures: LiveFigures | undefined): Status['waitroom'] {
  if (figures?.room === undefined) return undefined;
  const { waiting, active, admitted } = figures.room;
  return { waiting, active, admitted };
}

/** How punctual the sale was: from Redis time and from the phases, never from when somebody looked. */
function reportStatus(
  before: Status,
  plan: SalePlan,
  phases: NonNullable<Status['phases']>,
  figures: LiveFigures | undefined,
): Pick<Status, 'report'> {
  const tookToReady = timeToReady(phases) ?? before.report?.timeToReadySeconds;
  const measured = tookToReady === undefined ? {} : { timeToReadySeconds: tookToReady };
  if (!plan.opened) return tookToReady === undefined ? {} : { report: measured };
  const readyAt = phases.findLast((entry) => entry.phase === 'Ready')?.at;
  const first = figures?.room?.firstAdmissionAt;
  const report = {
    ...before.report,
    ...measured,
    ...(readyAt === undefined ? {} : { readyMarginSeconds: Math.floor((plan.opensAt - Date.parse(readyAt)) / 1000) }),
    ...(first === undefined ? {} : { openSkewMs: first - plan.opensAt, firstAdmissionAt: iso(first) }),
  };
  return Object.keys(report).length === 0 ? {} : { report };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
