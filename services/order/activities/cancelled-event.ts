import type { OrderWorkflows } from '../order-workflows.ts';
import type { EventActivities } from '../workflows/contract.ts';
import type { InventoryClient } from './activities.ts';

/** Many enough that a page is told within its time, few enough that buyers do not notice. */
const AT_ONCE = 8;
const CALL = { idempotent: true, deadlineMs: 8_000 } as const;

/** What the workflow of a cancelled event does in the world. Every step may be done twice. */
export function createEventActivities(deps: {
  readonly inventory: InventoryClient;
  readonly workflows: Pick<OrderWorkflows, 'eventCancelled'>;
}): EventActivities {
  const { inventory, workflows } = deps;
  return {
    async stopSelling(eventId) {
      await inventory.cancelEvent({ eventId }, CALL);
    },

    async tellOrders(eventId, after, limit) {
      // Inventory and not the orders' index: it is never behind, and who has no stock has no ticket either. Who lost it with
      // inventory's last commits is told by the next look at the books, see restate-stock.ts.
      const page = await inventory.listOrdersWithStock({ eventId, pageSize: limit, pageToken: after }, CALL);
      for (let from = 0; from < page.orderIds.length; from += AT_ONCE)
        await Promise.all(
          page.orderIds.slice(from, from + AT_ONCE).map((orderId) => workflows.eventCancelled(orderId)),
        );
      return { told: page.orderIds.length, next: page.nextPageToken };
    },
  };
}
