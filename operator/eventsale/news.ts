import type { EventSale } from '#operator/api/eventsale.gen.ts';

type Status = NonNullable<EventSale['status']>;

/** One event for people, as `kubectl describe` shows it. */
export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

const BAD: ReadonlySet<string> = new Set(['Held', 'Missed', 'Aborted']);

/** What a new status tells that the one before did not. Pure. `message` explains the phase. */
export function newsOf(before: Status | undefined, now: Status, message: string): News[] {
  const news: News[] = [];
  if (now.byHand !== undefined && before?.byHand === undefined) {
    const what = now.byHand.map((one) => `${one.what} to ${one.need}`).join(', ');
    const text = `before buyers come, somebody must raise ${what}: status.byHand says how`;
    news.push({ type: 'Warning', reason: 'ByHand', message: text });
  }
  const plan = planOf(now);
  if (plan?.status === 'False' && planOf(before)?.status !== 'False')
    news.push({ type: 'Warning', reason: plan.reason, message: plan.message });
  const { phase } = now;
  if (phase !== undefined && phase !== before?.phase)
    news.push({ type: BAD.has(phase) ? 'Warning' : 'Normal', reason: phase, message });
  return news;
}

const planOf = (status: Status | undefined) => status?.conditions?.find(({ type }) => type === 'PlanReady');
