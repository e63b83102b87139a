import { continueAsNew, proxyActivities, sleep } from '@temporalio/workflow';
import type { CancelledEvent, EventActivities } from './contract.ts';

const { stopSelling, tellOrders } = proxyActivities<EventActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

const PAGE_MS = 2_000;
/** Histories stay short however many orders there are. */
const PAGES_OF_A_RUN = 200;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Ends a cancelled event: nothing is sold any more, and every order that has stock is told, at a bounded rate. It goes round
 * until no order has stock: an order that is just being paid for gets it after it was told of. What an order does about it is
 * the order's own workflow, which tries for as long as its provider takes.
 */
export async function cancelledEventWorkflow({ eventId, perSecond, progress }: CancelledEvent): Promise<void> {
  let { after, told, pauseMs } = progress ?? { after: '', told: 0, pauseMs: FIRST_PAUSE_MS };
  const limit = Math.max(1, Math.round((perSecond * PAGE_MS) / 1_000));
  for (let page = 0; page < PAGES_OF_A_RUN; page++) {
    // Each round anew: a class may have been added meanwhile.
    if (after === '') await stopSelling(eventId);
    const answer = await tellOrders(eventId, after, limit);
    after = answer.next;
    told += answer.told;
    if (after !== '') {
      await sleep(PAGE_MS);
      continue;
    }
    if (told === 0) return;
    told = 0;
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  await continueAsNew<typeof cancelledEventWorkflow>({ eventId, perSecond, progress: { after, told, pauseMs } });
}
