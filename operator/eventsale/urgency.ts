import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { PRIORITY } from '#operator/kube/work-queue.ts';

type Hot = NonNullable<NonNullable<EventSale['status']>['phase']>;

/** People are waiting, or are about to. */
const HOT: ReadonlySet<Hot | undefined> = new Set(['Armed', 'Open', 'Held', 'Closing']);
/** How close a boundary must be to count. */
const NEAR_MS = 15 * 60_000;

/**
 * How urgent a look at a sale is: those with open doors or a boundary within a quarter of an hour go first, sales that a list
 * merely brought along come last, and aging in the queue forgets nobody.
 */
export function urgencyOf(
  sale: Pick<EventSale, 'status'> | undefined,
  nowMs: number,
  origin: 'list' | 'watch' = 'watch',
): number {
  const at = Date.parse(sale?.status?.nextTransition?.at ?? '');
  if (HOT.has(sale?.status?.phase) || Math.abs(at - nowMs) <= NEAR_MS) return PRIORITY.high;
  return origin === 'list' ? PRIORITY.low : PRIORITY.normal;
}
