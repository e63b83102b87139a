import {
  type Condition,
  conditionOf,
  type EventSaleCondition,
  type EventSaleReason,
  type Summary,
  setCondition,
  setSummary,
} from '#operator/api/conditions.ts';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { firstHint, type PrescaleLine, waitingFor } from './prescale/line.ts';
import { WARN_SKEW_MS } from './prescale/waitroom-gate.ts';
import type { Phase, SalePlan } from './sale-facts.ts';

export interface ConditionFacts {
  readonly sale: EventSale;
  readonly plan: SalePlan;
  /** What caps of the platform cost this sale, and the mend. */
  readonly shortfall?: string | undefined;
  /** That fewer are let in than the plan allows, because what was planned is not there. */
  readonly slowed?: string | undefined;
  readonly lines: readonly PrescaleLine[];
  /** Set while something outside refuses for good, for instance another sale of the same event. */
  readonly stalled?: { readonly reason: EventSaleReason; readonly message: string } | undefined;
  readonly blocked?: { readonly reason: EventSaleReason; readonly message: string } | undefined;
  readonly clockOffsetMs?: number | undefined;
  readonly ledger?: { readonly balanced: boolean; readonly detail: string } | undefined;
  /** The books could not be read for a while. */
  readonly booksLost?: boolean | undefined;
  /** What could not be given back yet, each with why. */
  readonly left?: readonly string[] | undefined;
}

/** What buyers need of an open sale; without the first of these nobody can buy. */
const NEEDED_TO_SELL: ReadonlySet<string> = new Set(['redis', 'event', 'inventory', 'serving']);
const NEEDED_WHILE_OPEN: ReadonlySet<string> = new Set([...NEEDED_TO_SELL, 'postgres', 'floor', 'replicas', 'gate']);
const OVER: ReadonlySet<Phase> = new Set(['Missed', 'Aborted', 'Closed', 'ScaledDown']);
const BEFORE_OPENING: readonly Phase[] = ['Prescaling', 'Ready', 'Armed', 'Held'];

/** Every condition, computed anew from facts; times move only with a status. */
export function saleConditions(facts: ConditionFacts, nowMs: number): Condition[] {
  const { sale, plan } = facts;
  let conditions: Condition[] = [...(sale.status?.conditions ?? [])];
  const observedGeneration = sale.metadata.generation;
  // What was not looked at this time keeps its condition.
  const put = (condition: EventSaleCondition | undefined) => {
    if (condition !== undefined) conditions = setCondition(conditions, { ...condition, observedGeneration }, nowMs);
  };
  put(planned(facts));
  put(prescaled(facts));
  put(rehearsed(facts));
  put(armed(plan));
  put(open(plan));
  put(clock(facts.clockOffsetMs));
  put(ledger(facts));
  put(stock(facts));
  put(schedule(plan));
  return setSummary(conditions, summary(facts, troubles(facts, conditions)), observedGeneration, nowMs);
}

/** A spec that cannot be followed: nothing is done until somebody edits it. */
export function invalidConditions(sale: EventSale, problems: readonly string[], nowMs: number): Condition[] {
  return setSummary(
    sale.status?.conditions ?? [],
    { state: 'stalled', reason: 'InvalidSpec', message: problems.join('; ') },
    sale.metadata.generation,
    nowMs,
  );
}

/** What is wrong beside the phase: a sale may be open and not as it was asked for. */
function troubles({ plan, left = [] }: ConditionFacts, conditions: readonly Condition[]): string[] {
  const selling = plan.phase === 'Open' || plan.phase === 'SoldOut';
  const stock = conditionOf(conditions, 'InventoryLoaded');
  const books = conditionOf(conditions, 'LedgerBalanced');
  return [
    ...(selling && stock?.reason === 'EditRefused' ? [stock.message] : []),
    ...(plan.opened && books?.status === 'False' ? [books.message] : []),
    ...(left.length === 0 ? [] : [`what could not be given back yet is tried again: ${left.join('; ')}`]),
  ];
}

function summary(
  { plan, lines, blocked, stalled, shortfall, slowed, left = [] }: ConditionFacts,
  wrong: readonly string[],
): Summary<EventSaleReason> {
  const message = [plan.message, plan.refusedEdit, slowed, ...wrong].filter((text) => text !== undefined).join('; ');
  const withShortfall = shortfall === undefined ? message : `${message}; ${shortfall}`;
  const hint = blocked === undefined ? firstHint(lines) : '';
  const withHint = hint === '' ? message : `${message}. ${hint}`;
  if (stalled !== undefined) return { state: 'stalled', ...stalled };
  switch (plan.phase) {
    case 'Missed':
    case 'Aborted':
      return { state: 'stalled', reason: plan.phase, message };
    case 'Prescaling':
    case 'Held':
      return {
        state: 'reconciling',
        reason: plan.phase === 'Held' ? 'Held' : (blocked?.reason ?? 'Progressing'),
        message: withHint,
      };
    case 'Standby':
      return { state: 'ready', reason: 'PlatformStandby', message };
    case 'Armed':
      return plan.decision?.verdict === 'OpenAnyway'
        ? { state: 'reconciling', reason: 'NotReadyInTime', message: withHint }
        : { state: 'ready', reason: 'Armed', message: withHint };
    case 'Closing':
      return { state: 'reconciling', reason: 'Closing', message };
    case 'Pending':
    case 'PendingApproval':
      return { state: 'ready', reason: 'Scheduled', message: withShortfall };
    case 'Ready':
      return { state: 'ready', reason: 'AsSpecified', message: withShortfall };
    case 'Closed':
      return left.length > 0
        ? { state: 'reconciling', reason: 'WaitingForDependency', message }
        : { state: 'ready', reason: plan.phase, message };
    case 'Open':
    case 'SoldOut':
      return whileSelling(plan.phase, message, lines);
    case 'ScaledDown':
    case 'Suspended':
      return { state: 'ready', reason: plan.phase, message };
  }
}

/** Doors that stand open are not enough: buyers behind them must be able to buy. */
function whileSelling(
  phase: 'Open' | 'SoldOut',
  message: string,
  lines: readonly PrescaleLine[],
): Summary<EventSaleReason> {
  const kind = ({ what }: PrescaleLine) => what.split('/')[0] ?? '';
  // An edit that was refused has been told already, and takes nothing away.
  const failing = lines.filter((line) => !line.ready && !line.refusal && NEEDED_WHILE_OPEN.has(kind(line)));
  if (failing.length === 0) return { state: 'ready', reason: phase, message };
  const hint = firstHint(failing);
  const text = `${message}; not ready: ${waitingFor(failing)}${hint === '' ? '' : `. ${hint}`}`;
  return failing.some((line) => NEEDED_TO_SELL.has(kind(line)))
    ? { state: 'reconciling', reason: 'WaitingForDependency', message: text }
    : { state: 'ready', reason: phase, message: text };
}

function planned({ shortfall, plan }: ConditionFacts): EventSaleCondition | undefined {
  // What was planned for the opening says nothing about what came.
  if (plan.opened || OVER.has(plan.phase)) return undefined;
  const type = 'PlanReady';
  return shortfall === undefined
    ? { type, status: 'True', reason: 'AsSpecified', message: 'the platform can grow to what the sale needs' }
    : { type, status: 'False', reason: 'CapReached', message: shortfall };
}

function prescaled({ plan, lines, blocked }: ConditionFacts): EventSaleCondition {
  const type = 'Prescaled';
  if (plan.phase === 'ScaledDown')
    return { type, status: 'False', reason: 'ScaledDown', message: 'capacity was given back' };
  if (lines.length === 0)
    return blocked === undefined
      ? { type, status: 'False', reason: 'Scheduled', message: 'prescaling has not begun' }
      : { type, status: 'False', reason: blocked.reason, message: blocked.message };
  const missing = lines.filter((line) => !line.ready);
  if (missing.length === 0) return { type, status: 'True', reason: 'AsSpecified', message: 'every line is ready' };
  const replicas = missing.some((line) => line.what.startsWith('replicas/'));
  return {
    type,
    status: 'False',
    reason: replicas ? 'WaitingForReplicas' : 'WaitingForDependency',
    message: `waiting for ${waitingFor(lines)}`,
  };
}

function rehearsed({ sale, lines }: ConditionFacts): EventSaleCondition | undefined {
  const type = 'Rehearsed';
  if (!sale.spec.rehearsal.enabled)
    return { type, status: 'False', reason: 'Disabled', message: 'spec.rehearsal.enabled is false' };
  const line = lines.find((one) => one.what === 'rehearsal');
  if (line === undefined) return undefined;
  if (line.ready)
    return {
      type,
      status: 'True',
      reason: 'AsSpecified',
      message: 'a purchase through the gateway passed and was undone',
    };
  return line.message === undefined
    ? { type, status: 'False', reason: 'Progressing', message: 'no purchase has passed yet' }
    : { type, status: 'False', reason: 'RehearsalFailed', message: line.message };
}

function armed(plan: SalePlan): EventSaleCondition {
  const type = 'Armed';
  if (plan.phase === 'Standby') return { type, status: 'False', reason: 'PlatformStandby', message: plan.message };
  if (plan.opened) return { type, status: 'True', reason: 'Armed', message: 'the gate opened by itself' };
  if (plan.phase === 'Armed') return { type, status: 'True', reason: 'Armed', message: plan.message };
  const reason =
    plan.phase === 'Held' || plan.phase === 'Missed' || plan.phase === 'Aborted' ? plan.phase : 'Progressing';
  return {
    type,
    status: 'False',
    reason,
    message: BEFORE_OPENING.includes(plan.phase) ? plan.message : `the sale is ${plan.phase}`,
  };
}

function open(plan: SalePlan): EventSaleCondition {
  const type = 'Open';
  if (plan.phase === 'Standby') return { type, status: 'False', reason: 'PlatformStandby', message: plan.message };
  const isOpen = plan.phase === 'Open' || plan.phase === 'SoldOut';
  if (isOpen)
    return { type, status: 'True', reason: plan.phase === 'Open' ? 'Open' : 'SoldOut', message: plan.message };
  const ended = plan.phase === 'Closing' || plan.phase === 'Closed' || plan.phase === 'ScaledDown';
  if (plan.phase === 'Suspended' || plan.phase === 'Missed' || plan.phase === 'Aborted')
    return { type, status: 'False', reason: plan.phase, message: plan.message };
  return ended
    ? { type, status: 'False', reason: 'Closed', message: plan.message }
    : { type, status: 'False', reason: 'Scheduled', message: 'the doors are closed until opensAt' };
}

function clock(offsetMs: number | undefined): EventSaleCondition | undefined {
  if (offsetMs === undefined) return undefined;
  const type = 'ClockSynchronised';
  return Math.abs(offsetMs) <= WARN_SKEW_MS
    ? { type, status: 'True', reason: 'AsSpecified', message: `this clock is within ${WARN_SKEW_MS} ms of Redis` }
    : {
        type,
        status: 'False',
        reason: 'ClockSkewed',
        message: `this clock is more than ${WARN_SKEW_MS} ms off that of Redis, which judges the opening: synchronise the nodes' clocks`,
      };
}

function ledger({ ledger: books, booksLost }: ConditionFacts): EventSaleCondition | undefined {
  const type = 'LedgerBalanced';
  if (booksLost === true)
    return {
      type,
      status: 'Unknown',
      reason: 'Unreachable',
      message:
        'the services inventory and order have not both answered for a minute: status.ledger is what was read last; see whether their pods are ready',
    };
  if (books === undefined) return undefined;
  return books.balanced
    ? { type, status: 'True', reason: 'AsSpecified', message: 'tickets, money and stock agree' }
    : {
        type,
        status: 'False',
        reason: 'Imbalanced',
        message: `${books.detail}: look at the orders and payments of this event before paying out, runbook LedgerImbalanced`,
      };
}

function stock({ lines }: ConditionFacts): EventSaleCondition | undefined {
  const type = 'InventoryLoaded';
  const line = lines.find((one) => one.what === 'inventory');
  if (line === undefined) return undefined;
  if (line.ready) return { type, status: 'True', reason: 'AsSpecified', message: 'the stock is as the spec says' };
  return line.refusal === undefined
    ? { type, status: 'False', reason: 'WaitingForDependency', message: line.message ?? 'being loaded' }
    : { type, status: 'False', reason: 'EditRefused', message: line.refusal };
}

function schedule(plan: SalePlan): EventSaleCondition {
  const type = 'ScheduleAccepted';
  return plan.refusedEdit === undefined
    ? { type, status: 'True', reason: 'AsSpecified', message: 'the schedule of the spec is followed' }
    : { type, status: 'False', reason: 'EditRefused', message: plan.refusedEdit };
}
