import { allHandlersFinished, condition, log, patched, setHandler, sleep } from '@temporalio/workflow';
import {
  awaitPlaced,
  cancelOrder,
  EVENT_CANCELLED,
  eventCancelled,
  type HeldStock,
  type OrderRequest,
  type OrderState,
  type OrderWorkflowInput,
  paymentCompleted,
  paymentFailed,
  type SlotOutcome,
  takeBack,
} from './contract.ts';
import { durably, gladly, soon, surely, told, writtenDown } from './steps.ts';

/** The provider's link ends this much before the hold, so that money rarely comes late. */
const LINK_ENDS_EARLIER_MS = 30_000;
/** A hold taken again for money that came late: long enough for the confirmation right after it. */
const LATE_HOLD_MS = 120_000;
const FIRST_REFUND_PAUSE_MS = 5_000;
const LONGEST_REFUND_PAUSE_MS = 3_600_000;

/** What an order was told and has not acted upon. */
interface Inbox {
  paid: boolean;
  paidTimeMs: number | undefined;
  failed: string | undefined;
  cancel: boolean;
  /** Why neither tickets nor money stay: the event was cancelled, or somebody gives the order back. */
  revoked: string | undefined;
  /** Tickets, if there were any, are valid no more. */
  ticketsVoid: boolean;
}

/**
 * One order from hold to tickets. Every compensation is registered before the step it undoes, because a step that seemed to
 * fail may have happened. Money decides in the end: whenever it comes, the order becomes tickets or a refund.
 */
export async function orderWorkflow(input: OrderWorkflowInput): Promise<OrderState> {
  const inbox: Inbox = {
    ...{ paid: false, paidTimeMs: undefined, failed: undefined, cancel: false },
    ...{ revoked: undefined, ticketsVoid: false },
  };
  let order = input.kind === 'new' ? input.request : undefined;
  // Messages that nobody waits for: the shop sells while the broker is down, and tells later.
  const telling: Promise<void>[] = [];
  let placed = false;
  let outcome: OrderState | undefined;
  setHandler(paymentCompleted, ({ paidTimeMs }) => {
    inbox.paid = true;
    inbox.paidTimeMs ??= paidTimeMs;
  });
  let linkEndsMs = Number.POSITIVE_INFINITY;
  setHandler(paymentFailed, ({ reason }) => {
    // A link that ended unpaid is no failure: the hold, a little longer, decides.
    if (reason !== 'EXPIRED' && Date.now() < linkEndsMs) inbox.failed ??= reason;
  });
  setHandler(eventCancelled, () => {
    inbox.revoked ??= EVENT_CANCELLED;
  });
  setHandler(takeBack, async (reason) => {
    inbox.revoked ??= reason;
    await condition(() => inbox.ticketsVoid || (outcome !== undefined && outcome !== 'PAID'));
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
    // Kept at once: read again after tickets were written, it would hide that their message is not out yet.
    const known = await durably.readOrder(input.orderId);
    order = known?.request;
    if (known?.failureReason === EVENT_CANCELLED || known?.ticketsVoid) inbox.revoked ??= known.failureReason;
    if (inbox.revoked !== undefined)
      return await end(known === undefined ? await giveStockBack(input.orderId) : await revoke(known.request, inbox));
    // Paid orders hear of their money again when a message is delivered twice; removed ones were rehearsals.
    if (known === undefined || known.state === 'PAID' || known.state === 'REFUNDED')
      return await end(known?.state ?? 'FAILED');
    return await end(
      known.state === 'REFUNDING'
        ? await refund(known.request, known.failureReason || 'NO_STOCK_LEFT')
        : await settleMoney(known.request, inbox),
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
      // From the hold alone, which keeps its end when this runs again.
      linkEndsMs = stock.expireTimeMs - Math.min(LINK_ENDS_EARLIER_MS, input.holdMs / 2);
      const payment = await soon.createPayment(request, stock, linkEndsMs);
      if (payment.kind === 'refused') {
        outcome = await giveUp(request, 'FAILED', payment.reason, 'failed', true);
        return await end(outcome);
      }
      inbox.paid ||= payment.captured;
      telling.push(told.announce(orderId, { id: payment.paymentId, expireTimeMs: linkEndsMs }));
    } else telling.push(told.announce(orderId, undefined));
  } catch (error) {
    log.warn('order could not be placed, undoing', { orderId, error: String(error) });
    let paid = false;
    for (const step of undo.reverse()) {
      // Only taking the payment back answers true: it was paid. What the money needs must not be undone then.
      paid = (await step()) === true;
      if (paid) break;
    }
    if (paid) return await end(await settlePlaced(request, inbox));
    await surely.failOrder(request, 'TEMPORARILY_UNAVAILABLE', startMs);
    freeSlot('failed');
    outcome = 'FAILED';
    // Somebody may hold a link whose making we were not told of.
    return await end(await listenForMoney(input.lateMs, outcome));
  }

  placed = true;
  const waited = !free && !inbox.paid;
  if (waited) {
    const holdLeftMs = Math.max(0, stock.expireTimeMs - Date.now());
    await condition(
      () => inbox.paid || inbox.cancel || inbox.revoked !== undefined || inbox.failed !== undefined,
      holdLeftMs,
    );
  }
  if (free || inbox.paid) outcome = await (waited ? settleMoney(request, inbox) : settlePlaced(request, inbox));
  else if (inbox.revoked !== undefined) {
    outcome = await revoke(request, inbox);
    freeSlot('cancelled');
  } else if (inbox.cancel) outcome = await giveUp(request, 'CANCELLED', 'CANCELLED_BY_BUYER', 'cancelled', true);
  else if (inbox.failed !== undefined) {
    outcome = await giveUp(request, 'FAILED', `PAYMENT_${inbox.failed}`.slice(0, 100), 'failed', true);
  } else {
    // The stock goes back by itself: inventory judges the end of a hold by its own clock.
    outcome = await giveUp(request, 'EXPIRED', 'HOLD_EXPIRED', 'expired', false);
  }
  return await end(isSettled(outcome) ? outcome : await listenForMoney(input.lateMs, outcome));

  /** Nobody who asked is left without an answer, and no money that came meanwhile without tickets or a refund. */
  async function end(state: OrderState): Promise<OrderState> {
    outcome = state;
    await Promise.all(telling);
    // Also when a worker died after it made the link, and the hold was gone before the next one looked.
    if (input.kind === 'new' && inbox.paid && !isSettled(state)) outcome = await settlePlaced(input.request, inbox);
    // Told while the tickets were made, or while somebody else was being answered.
    const toRevoke = () => inbox.revoked !== undefined && outcome === 'PAID' && order !== undefined;
    do {
      if (order !== undefined && toRevoke()) outcome = await revoke(order, inbox);
      await condition(() => toRevoke() || allHandlersFinished());
    } while (toRevoke());
    return outcome;
  }

  /** Ends an unpaid order; when the money turns out to be there after all, it is settled instead. */
  async function giveUp(
    order: OrderRequest,
    to: OrderState,
    reason: string,
    slot: SlotOutcome,
    release: boolean,
  ): Promise<OrderState> {
    if (await surely.cancelPayment(order.orderId)) return settlePlaced(order, inbox);
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
    return settleMoney(request, inbox);
  }
}

function isSettled(state: OrderState): boolean {
  return state === 'PAID' || state === 'REFUNDED';
}

/** For money that was found in the workflow task of the placing: a paid order must never be placed again. */
async function settlePlaced(order: OrderRequest, inbox: Inbox): Promise<OrderState> {
  await writtenDown();
  return await settleMoney(order, inbox);
}

/** The money is there: tickets if there is stock, held or taken anew; else a refund. */
async function settleMoney(order: OrderRequest, inbox: Inbox): Promise<OrderState> {
  const { orderId, eventId, userId } = order;
  for (;;) {
    if (inbox.revoked !== undefined) return await revoke(order, inbox);
    const outcome = await surely.fulfil(orderId);
    if (outcome === 'paid') break;
    const again = outcome === 'expired' && (await surely.holdAgain(order, Date.now() + LATE_HOLD_MS));
    if (again === true) continue;
    if (outcome === 'closed') await surely.returnStock(orderId);
    return await refund(order, again || (outcome === 'closed' ? 'ORDER_CLOSED' : 'NO_STOCK_LEFT'));
  }
  await Promise.all([
    told.publishOrderPaid(orderId, inbox.paidTimeMs),
    gladly.releaseSlot(eventId, userId, 'paid').catch(noted('slot not released')),
  ]);
  return 'PAID';
}

/**
 * Whatever an order that is revoked has become: its tickets are not valid from here on, its stock goes back, then its money, and a
 * link that is still open is closed.
 */
async function revoke(order: OrderRequest, inbox: Inbox): Promise<OrderState> {
  const { orderId } = order;
  const reason = inbox.revoked ?? EVENT_CANCELLED;
  const paid = await surely.cancelPayment(orderId);
  let state = await surely.moveOrder(orderId, paid ? 'REFUNDING' : 'CANCELLED', reason);
  // Nothing to pay, and paid all the same.
  if (state === 'PAID') state = await surely.moveOrder(orderId, 'REFUNDING', reason);
  inbox.ticketsVoid = true;
  await giveStockBack(orderId);
  return state === 'REFUNDING' ? await refund(order, reason) : state;
}

/** Whether it is held or sold. */
async function giveStockBack(orderId: string): Promise<'FAILED'> {
  await surely.releaseStock(orderId);
  await surely.returnStock(orderId);
  return 'FAILED';
}

async function refund(order: OrderRequest, reason: string): Promise<OrderState> {
  await surely.moveOrder(order.orderId, 'REFUNDING', reason);
  let pauseMs = FIRST_REFUND_PAUSE_MS;
  while (!(await surely.refundPayment(order.orderId, reason))) {
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_REFUND_PAUSE_MS);
  }
  const state = await surely.moveOrder(order.orderId, 'REFUNDED', reason);
  // Orders that got so far before there was such a message are told by nobody.
  const tell = state === 'REFUNDED' && patched('order.refunded');
  await Promise.all([
    ...(tell ? [told.publishOrderRefunded(order.orderId)] : []),
    gladly.releaseSlot(order.eventId, order.userId, 'failed').catch(noted('slot not released')),
  ]);
  return state;
}

function noted(what: string): (error: unknown) => void {
  return (error) => log.warn(what, { error: String(error) });
}
