import { conditionOf } from '#operator/api/conditions.ts';
import type { EventSale } from '#operator/api/eventsale.gen.ts';

type Status = NonNullable<EventSale['status']>;

/** One event for people, as `kubectl describe` shows it. */
export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

const BAD: ReadonlySet<string> = new Set(['Held', 'Missed', 'Aborted']);

/** What a condition says that somebody must see who looks at events only: condition, and its reasons; all of False unless given. */
const ALARMING: Readonly<Record<string, readonly string[] | undefined>> = {
  PlanReady: undefined,
  ScheduleAccepted: undefined,
  LedgerBalanced: ['Imbalanced'],
  InventoryLoaded: ['EditRefused'],
  Rehearsed: ['RehearsalFailed'],
  ClockSynchronised: ['ClockSkewed'],
};

/** What a new status tells that the one before did not. Pure. */
export function newsOf(before: Status | undefined, now: Status): News[] {
  const news: News[] = [];
  if (now.byHand !== undefined && before?.byHand === undefined) {
    const what = now.byHand.map((one) => `${one.what} to ${one.need}`).join(', ');
    const text = `before buyers come, somebody must raise ${what}: status.byHand says how`;
    news.push({ type: 'Warning', reason: 'ByHand', message: text });
  }
  for (const [type, reasons] of Object.entries(ALARMING)) {
    const bad = (status: Status | undefined) => {
      const condition = conditionOf(status?.conditions, type);
      return condition?.status === 'False' && (reasons?.includes(condition.reason) ?? true) ? condition : undefined;
    };
    const condition = bad(now);
    if (condition !== undefined && bad(before) === undefined)
      news.push({ type: 'Warning', reason: condition.reason, message: condition.message });
  }
  const { phase } = now;
  if (phase !== undefined && phase !== before?.phase) {
    const message = conditionOf(now.conditions, 'Ready')?.message ?? `the sale is ${phase}`;
    news.push({ type: BAD.has(phase) ? 'Warning' : 'Normal', reason: phase, message });
  }
  return news;
}
