import { allHandlersFinished, condition, log, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import {
  awaitPlaced,
  cancelOrder,
  type HeldStock,
  type OrderActivities,
  type OrderRequest,
  type OrderState,
  type OrderWorkflowInput,
  paymentCompleted,
  paymentFailed,
  type SlotOutcome,
} from './contract.ts';

/** Before there is money: somebody waits for the answer, so a step that cannot be done soon undoes the order. */
const soon = proxyActivities<OrderActivities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '12s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});
/** Compensations, and everything once there is money: tried until it is done. */
const surely = proxyActivities<OrderActivities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', maximumInterval: '30s' },
});
/** Nice to have: nobody is wronged when it fails in the end, because a slot ends by itself. */
const gladly = proxyActivities<OrderActivities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '200ms', maximumInterval: '30s' },
});

/** The provider's link ends this much before the hold, so that money rarely comes late. */
const LINK_ENDS_EARLIER_MS = 30_000;
/** A hold taken again for money that came late: long enough for the confirmation right after it. */
const LATE_HOLD_MS = 120_000;
const FIRST_REFUND_PAUSE_MS = 5_000;
const LONGEST_REFUND_PAUSE_MS = 3_600_000;

/**
 * One order from hold to tickets. Every compensation is registered before the step it undoes, because a step that seemed to
 * fail may have happened. Money decides in the end: whenever it comes, the order becomes tickets or a refund.
 */
export async function orderWorkflow(input: OrderWorkflowInput): Promise<OrderState> {
  const inbox: { paid: boolean; failed: string | undefined; cancel: boolean } = {
    paid: false,
    failed: undefined,
    cancel: false,
  };
  // Messages that nobody waits for: the shop sells while the broker is down, and tells later.
  const telling: Promise<void>[] = [];
  let placed = false;
  let outcome: OrderState | undefined;
  setHandler(paymentCompleted, () => {
    inbox.paid = true;
  });
  let linkEndsMs = Number.POSITIVE_INFINITY;
  setHandler(paymentFailed, ({ reason }) => {
    // A link that ended unpaid is no failure: the hold, a little longer, decides.
    if (reason !== 'EXPIRED' && Date.now() < linkEndsMs) inbox.failed ??= reason;
  });
  setHandler(awaitPlaced, async () => {
    await condition(() => placed || outcome !== undefined);
    return outcome ?? 'PENDING';
  });
  setHandler(cancelOrder, async () => {
    inbox.cancel = true;
    await condition(() => outcome !== undefined);
    return outcome ?? 'PENDING';
  });

  if (input.kind === 'resume') {
    const known = await surely.readOrder(input.orderId);
    // Paid orders hear of their money again when a message is delivered twice; removed ones were rehearsals.
    if (known === undefined || known.state === 'PAID' || known.state === 'REFUNDED')
      return await end(known?.state ?? 'FAILED');
    return await end(
      known.state === 'REFUNDING' ? await refund(known.request, 'NO_STOCK_LEFT') : await settleMoney(known.request),
    );
  }

  const { request } = input;
  const { orderId, eventId, userId } = request;
  const startMs = Date.now();
  const undo: (() => Promise<unknown>)[] = [];
  let stock: HeldStock;
  let free = false;
  try {
    undo.push(() => surely.releaseStock(orderId));
    const held = await soon.holdStock(request, startMs + input.holdMs, startMs);
    if (held.kind === 'refused') {
      outcome = 'FAILED';
      // Whoever can choose something else keeps the place in the shop.
      if (held.nothingLeft) freeSlot('failed');
      return await end(outcome);
    }
    stock = held.stock;
    free = stock.totalMinor === '0';
    if (!free) {
      undo.push(() => surely.cancelPayment(orderId));
      linkEndsMs = Math.max(stock.expireTimeMs - LINK_ENDS_EARLIER_MS, startMs + input.holdMs / 2);
      const payment = await soon.createPayment(request, stock, linkEndsMs);
      if (payment.kind === 'refused') {
        outcome = await giveUp(request, 'FAILED', payment.reason, 'failed', true);
        return await end(outcome);
      }
      inbox.paid ||= payment.captured;
      telling.push(surely.announce(orderId, { id: payment.paymentId, expireTimeMs: linkEndsMs }));
    } else telling.push(surely.announce(orderId, undefined));
  } catch (error) {
    log.warn('order could not be placed, undoing', { orderId, error: String(error) });
    let paid = false;
    for (const step of undo.reverse()) {
      // Only taking the payment back answers true: it was paid. What the money needs must not be undone then.
      paid = (await step()) === true;
      if (paid) break;
    }
    if (paid) return await end(await settleMoney(request));
    await surely.failOrder(request, 'TEMPORARILY_UNAVAILABLE', startMs);
    freeSlot('failed');
    outcome = 'FAILED';
    // Somebody may hold a link whose making we were not told of.
    return await end(await listenForMoney(input.lateMs, outcome));
  }

  placed = true;
  if (!free) {
    const holdLeftMs = Math.max(0, stock.expireTimeMs - Date.now());
    await condition(() => inbox.paid || inbox.cancel || inbox.failed !== undefined, holdLeftMs);
  }
  if (free || inbox.paid) outcome = await settleMoney(request);
  else if (inbox.cancel) outcome = await giveUp(request, 'CANCELLED', 'CANCELLED_BY_BUYER', 'cancelled', true);
  else if (inbox.failed !== undefined) {
    outcome = await giveUp(request, 'FAILED', `PAYMENT_${inbox.failed}`.slice(0, 100), 'failed', true);
  } else {
    // The stock goes back by itself: inventory judges the end of a hold by its own clock.
    outcome = await giveUp(request, 'EXPIRED', 'HOLD_EXPIRED', 'expired', false);
  }
  const settled = outcome === 'PAID' || outcome === 'REFUNDED';
  return await end(settled ? outcome : await listenForMoney(input.lateMs, outcome));

  /** Nobody who asked is left without an answer. */
  async function end(state: OrderState): Promise<OrderState> {
    outcome = state;
    await Promise.all(telling);
    await condition(allHandlersFinished);
    return state;
  }

  /** Ends an unpaid order; when the money turns out to be there after all, it is settled instead. */
  async function giveUp(
    order: OrderRequest,
    to: OrderState,
    reason: string,
    slot: SlotOutcome,
    release: boolean,
  ): Promise<OrderState> {
    if (await surely.cancelPayment(order.orderId)) return settleMoney(order);
    if (release) await surely.releaseStock(order.orderId);
    const state = await surely.moveOrder(order.orderId, to, reason);
    freeSlot(slot);
    return state;
  }

  /** Somebody else's turn in the shop. Nobody waits for it. */
  function freeSlot(slot: SlotOutcome): void {
    telling.push(gladly.releaseSlot(eventId, userId, slot).catch(noted('slot not released')));
  }

  async function listenForMoney(lateMs: number, otherwise: OrderState): Promise<OrderState> {
    if (!(await condition(() => inbox.paid, lateMs))) return otherwise;
    return settleMoney(
      input.kind === 'new' ? input.request : ((await surely.readOrder(input.orderId))?.request ?? request),
    );
  }
}

/** The money is there: tickets if there is stock, held or taken anew; else a refund. */
async function settleMoney(order: OrderRequest): Promise<OrderState> {
  const { orderId, eventId, userId } = order;
  for (;;) {
    const outcome = await surely.fulfil(orderId);
    if (outcome === 'paid') break;
    if (outcome === 'expired' && (await surely.holdAgain(order, Date.now() + LATE_HOLD_MS))) continue;
    if (outcome === 'closed') await surely.returnStock(orderId);
    return await refund(order, outcome === 'closed' ? 'ORDER_CLOSED' : 'NO_STOCK_LEFT');
  }
  await Promise.all([
    surely.publishOrderPaid(orderId),
    gladly.releaseSlot(eventId, userId, 'paid').catch(noted('slot not released')),
  ]);
  return 'PAID';
}

async function refund(order: OrderRequest, reason: string): Promise<OrderState> {
  await surely.moveOrder(order.orderId, 'REFUNDING', reason);
  let pauseMs = FIRST_REFUND_PAUSE_MS;
  while (!(await surely.refundPayment(order.orderId, reason))) {
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_REFUND_PAUSE_MS);
  }
  const state = await surely.moveOrder(order.orderId, 'REFUNDED', reason);
  await gladly.releaseSlot(order.eventId, order.userId, 'failed').catch(noted('slot not released'));
  return state;
}

function noted(what: string): (error: unknown) => void {
  return (error) => log.warn(what, { error: String(error) });
}
