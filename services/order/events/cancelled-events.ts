import { fromTimestamp, toTimestamp } from '#runtime/timestamp.ts';
import type { EventQueryClient } from '../activities/event-facts.ts';
import type { OrderWorkflows } from '../order-workflows.ts';

/** A transaction that began earlier may become visible later. */
const OVERLAP_MS = 60_000;
const PAGE = 100;

/**
 * Sees which events were cancelled and begins to end them. State and not a message, so that none is missed, however long this
 * service was away; each start finds the workflow that is there already.
 */
export function watchCancelledEvents(
  events: EventQueryClient,
  workflows: Pick<OrderWorkflows, 'endCancelledEvent'>,
): () => Promise<void> {
  let sinceMs: number | undefined;
  return async () => {
    let latestMs = sinceMs ?? 0;
    for (let pageToken = ''; ; ) {
      const page = await events.listEvents(
        {
          ...{ state: 'EVENT_STATE_CANCELLED' as const, pageSize: PAGE, pageToken, organiserId: '' },
          updatedAfter: sinceMs === undefined ? null : toTimestamp(sinceMs - OVERLAP_MS),
        },
        { idempotent: true, deadlineMs: 8_000 },
      );
      for (const { id, updateTime } of page.events) {
        await workflows.endCancelledEvent(id);
        latestMs = Math.max(latestMs, fromTimestamp(updateTime) ?? 0);
      }
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    sinceMs = latestMs;
  };
}
