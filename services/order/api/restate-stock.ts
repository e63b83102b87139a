import type { Clock } from '#runtime/clock.ts';
import type { InventoryClient } from '../activities/activities.ts';
import type { OrderWorkflows } from '../order-workflows.ts';
import { EVENT_CANCELLED, type OrderActivities } from '../workflows/contract.ts';

export interface RestateDeps {
  readonly inventory: Pick<InventoryClient, 'listUnconfirmed'>;
  readonly activities: Pick<OrderActivities, 'readOrder' | 'fulfil' | 'holdAgain' | 'returnStock'>;
  readonly workflows: Pick<OrderWorkflows, 'eventCancelled'>;
  readonly clock: Clock;
}

export interface RestatedStock {
  /** Order ids: own their stock again. */
  readonly restated: readonly string[];
  /** Order ids: paid, and own none still. */
  readonly without: readonly string[];
}

const PAGE = 500;
/** Beside a sale: buyers must not notice. */
const AT_ONCE = 8;
/** Long enough for the confirmation right after it. */
const HOLD_MS = 120_000;
const CALL = { idempotent: true, deadlineMs: 8_000 } as const;

/**
 * Brings inventory into line with the orders. Its last commits may be lost where its store was promoted without a handover, or
 * was restored; the orders table is the one that all regions share. Repeating changes nothing. What there is no time for until
 * `endMs` counts as without, and is done the next time.
 */
export async function restateStock(deps: RestateDeps, paid: readonly string[], endMs: number): Promise<RestatedStock> {
  const restated: string[] = [];
  const without: string[] = [];
  for (let from = 0; from < paid.length; from += PAGE) {
    const { orderIds } = await deps.inventory.listUnconfirmed({ orderIds: paid.slice(from, from + PAGE) }, CALL);
    for (let at = 0; at < orderIds.length; at += AT_ONCE) {
      const some = orderIds.slice(at, at + AT_ONCE);
      if (deps.clock.now() >= endMs) without.push(...some);
      else
        await Promise.all(
          some.map(async (orderId) => {
            const outcome = await restate(deps, orderId);
            if (outcome === 'restated') restated.push(orderId);
            if (outcome === 'without') without.push(orderId);
          }),
        );
    }
  }
  return { restated, without };
}

/**
 * As the saga does with money that came late. An order that is given back meanwhile has released its stock for good, and gets
 * none here.
 */
async function restate(deps: RestateDeps, orderId: string): Promise<'restated' | 'without' | 'not paid'> {
  const { activities, clock, workflows } = deps;
  // The index that the books are read from may be behind.
  const order = await activities.readOrder(orderId);
  if (order?.state !== 'PAID') return 'not paid';
  let outcome = await activities.fulfil(orderId);
  if (outcome === 'expired') {
    const again = await activities.holdAgain(order.request, clock.now() + HOLD_MS);
    // The event's end finds those who have stock; this one has to be told.
    if (again === EVENT_CANCELLED) await workflows.eventCancelled(orderId);
    if (again === true) outcome = await activities.fulfil(orderId);
  }
  if (outcome === 'closed') await activities.returnStock(orderId);
  return outcome === 'paid' ? 'restated' : outcome === 'closed' ? 'not paid' : 'without';
}
