import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Buyer } from './cast.ts';
import {
  type Gateway,
  GatewayError,
  type Order,
  type Place,
  type Session,
  type Tick,
  type TicketClass,
} from './gateway.ts';
import type { Provider } from './provider.ts';

export interface SaleFacts {
  readonly eventId: string;
  readonly preQueueAtMs: number;
  readonly opensAtMs: number;
  /** After this nobody waits any longer. */
  readonly deadlineMs: number;
  /** How long a stock hold lives; late payers wait longer than this. */
  readonly holdMs: number;
}

/** What became of one buyer. Times are Unix milliseconds of the buyer's own clock. */
export interface Outcome {
  readonly index: number;
  readonly behaviour: Buyer['behaviour'];
  userId: string;
  number: number;
  place: number;
  joinMs: number;
  joinedAt?: number;
  reconnects: number;
  /** What the room had promised about the draw when this buyer joined. */
  seedCommitment?: string;
  admittedAt?: number;
  claimedAt?: number;
  claimedPlace?: number;
  orderId?: string;
  orderCode?: string;
  orderState?: string;
  paidAtProvider?: boolean;
  provider?: string;
  purchaseMs?: number;
  ticketIds: string[];
  end: End;
  /** Why the shop refused the order. */
  refusal?: string;
  error?: string;
}

export type End =
  | 'has-tickets'
  | 'refunded'
  | 'sold-out'
  | 'gave-up'
  | 'refused'
  | 'left'
  | 'too-late'
  | 'payment-pending'
  | 'error';

export interface Stage {
  /** Counts people by where they are now; the table of the demo shows it live. */
  enter(stage: 'waiting' | 'checkout' | 'paying' | 'done'): void;
}

export interface BuyerDeps {
  readonly gateway: Gateway;
  readonly provider: Provider;
  readonly random: () => number;
  readonly stage: Stage;
}

const POLL_MS = 1_500;
const ORDER_ATTEMPTS = 6;
/** How long somebody watches a shop that has nothing to choose from, on average. */
const PATIENCE_MS = 15_000;

/** One buyer's life: join, wait, claim, choose, order, pay (or not), receive. Never throws; what went wrong is the outcome. */
export async function live(buyer: Buyer, session: Session, sale: SaleFacts, deps: BuyerDeps): Promise<Outcome> {
  const outcome: Outcome = {
    index: buyer.index,
    behaviour: buyer.behaviour,
    userId: session.userId,
    number: 0,
    place: 0,
    joinMs: 0,
    reconnects: 0,
    ticketIds: [],
    end: 'gave-up',
  };
  try {
    await sleepUntil(sale.preQueueAtMs + buyer.arrival * (sale.opensAtMs + 5_000 - sale.preQueueAtMs), deps);
    const joinStart = performance.now();
    const joined = await deps.gateway.join(session, sale.eventId);
    outcome.joinMs = performance.now() - joinStart;
    outcome.joinedAt = Date.now();
    outcome.number = Number(joined.number);
    outcome.seedCommitment = joined.tick.seedCommitment;
    deps.stage.enter('waiting');
    const left = await waitForAdmission(buyer, session, sale, deps, outcome, joined);
    if (left !== 'admitted') {
      outcome.end = left;
      deps.stage.enter('done');
      return outcome;
    }
    outcome.admittedAt = Date.now();
    if (buyer.behaviour === 'never-claims') {
      outcome.end = 'left';
      deps.stage.enter('done');
      return outcome;
    }
    deps.stage.enter('checkout');
    await checkout(buyer, session, sale, deps, outcome);
    // Who got nothing goes home and makes room; who abandons says nothing to anybody.
    if (['sold-out', 'refused', 'too-late'].includes(outcome.end)) await deps.gateway.leave(session, sale.eventId);
  } catch (error) {
    if (error instanceof GatewayError && ['SOLD_OUT', 'ROOM_CLOSED'].includes(error.code)) outcome.end = 'sold-out';
    else {
      outcome.end = 'error';
      outcome.error = error instanceof Error ? error.message : String(error);
    }
  }
  deps.stage.enter('done');
  return outcome;
}

async function waitForAdmission(
  buyer: Buyer,
  session: Session,
  sale: SaleFacts,
  deps: BuyerDeps,
  outcome: Outcome,
  joined: Place,
): Promise<'admitted' | 'sold-out' | 'gave-up' | 'left'> {
  let place = Number(joined.place ?? 0);
  const patience = buyer.behaviour === 'leaves-queue' ? 3_000 + deps.random() * 10_000 : Number.POSITIVE_INFINITY;
  const leaveAt = Date.now() + patience;
  while (Date.now() < sale.deadlineMs) {
    const stop = AbortSignal.timeout(Math.max(1, Math.floor(Math.min(leaveAt, sale.deadlineMs) - Date.now())));
    try {
      for await (const { event, data } of deps.gateway.stream(session, sale.eventId, stop)) {
        if (event === 'place') place = Number((data as Place).place ?? 0);
        if (event !== 'tick') continue;
        const tick = data as Tick;
        if (place > 0) outcome.place = place;
        if (tick.state === 'SOLD_OUT' || tick.state === 'CLOSED') return 'sold-out';
        if (tick.state === 'OPEN' && place > 0 && place <= Number(tick.served)) return 'admitted';
      }
    } catch (error) {
      if (error instanceof GatewayError && error.status < 500 && error.status !== 429) throw error;
    }
    if (Date.now() >= leaveAt) {
      await deps.gateway.leave(session, sale.eventId);
      return 'left';
    }
    outcome.reconnects += 1;
    await delay(200 + deps.random() * 1_500);
  }
  return 'gave-up';
}

async function checkout(
  buyer: Buyer,
  session: Session,
  sale: SaleFacts,
  deps: BuyerDeps,
  outcome: Outcome,
): Promise<void> {
  const claim = await deps.gateway.claim(session, sale.eventId);
  outcome.claimedAt = Date.now();
  outcome.claimedPlace = Number(claim.place);
  // People look before they choose.
  await delay(300 + deps.random() * 1_500);
  const order = await placeOrder(buyer, session, claim.admissionToken, sale, deps);
  if (order === 'sold-out') {
    outcome.end = 'sold-out';
    return;
  }
  outcome.orderId = order.id;
  outcome.orderCode = order.code;
  outcome.orderState = order.state;
  if (order.state === 'FAILED' || order.paymentUrl === undefined || order.paymentUrl === '') {
    outcome.end = order.failureReason === 'SOLD_OUT' ? 'sold-out' : 'refused';
    if (outcome.end === 'refused') outcome.refusal = order.failureReason || `${order.state} without a payment link`;
    return;
  }
  if (buyer.behaviour === 'abandons-checkout') {
    outcome.end = 'left';
    return;
  }
  deps.stage.enter('paying');
  const payStart = performance.now();
  const thinkMs =
    buyer.behaviour === 'pays-late' ? sale.holdMs + 8_000 + deps.random() * 5_000 : 500 + deps.random() * 2_500;
  await delay(thinkMs);
  outcome.provider = buyer.provider;
  outcome.paidAtProvider = await deps.provider.pay(
    order.paymentUrl,
    buyer.behaviour === 'pays-twice' ? 'pay-twice' : 'pay',
  );
  if (!outcome.paidAtProvider) {
    // The provider takes no money for a link that has ended.
    outcome.end = 'too-late';
    return;
  }
  const paidStart = performance.now();
  const final = await waitForOrder(session, order.id, sale, deps);
  outcome.orderState = final.state;
  outcome.ticketIds = (final.tickets ?? []).map((ticket) => ticket.id);
  if (final.state === 'PAID') {
    outcome.end = 'has-tickets';
    // From the money to the ticket; the time people took to pull out their phone is theirs.
    if (buyer.behaviour !== 'pays-late') outcome.purchaseMs = performance.now() - paidStart;
  } else if (final.state === 'REFUNDED' || final.state === 'REFUNDING') outcome.end = 'refunded';
  else outcome.end = 'payment-pending';
  if (outcome.end === 'payment-pending')
    outcome.error = `order ${final.state} ${Math.round(performance.now() - payStart)} ms after paying`;
}

/**
 * Tries the wanted quantity in any class that has it, then a single ticket. When all that is left is in other people's hands,
 * watches the shop for a while, as people do: what is not paid for comes back.
 */
async function placeOrder(
  buyer: Buyer,
  session: Session,
  admissionToken: string,
  sale: SaleFacts,
  deps: BuyerDeps,
): Promise<Order | 'sold-out'> {
  let quantity = buyer.quantity;
  const patientUntil = Date.now() + PATIENCE_MS * (0.7 + 0.6 * deps.random());
  while (Date.now() < patientUntil) {
    const classes = (await deps.gateway.ticketClasses(sale.eventId)).filter((row) => row.available > 0);
    const chosen = drawByStock(
      classes.filter((row) => row.available >= quantity),
      deps.random(),
    );
    if (chosen === undefined) {
      quantity = 1;
      if (classes.length > 0) continue;
      if (['SOLD_OUT', 'CLOSED'].includes((await deps.gateway.tick(sale.eventId)).state)) return 'sold-out';
      await delay(2_000 + deps.random() * 2_000);
      continue;
    }
    // VIP has a smaller limit per order than the others.
    const wanted = Math.min(quantity, chosen.name === 'VIP' ? 2 : 4);
    const order = await createOrder(session, deps, {
      eventId: sale.eventId,
      lines: [{ ticketClassId: chosen.ticketClassId, quantity: wanted }],
      provider: buyer.provider,
      admissionToken,
      fullName: buyer.fullName,
      language: buyer.index % 3 === 0 ? 'en' : 'vi',
    });
    if (order !== 'sold-out' && (order.state !== 'FAILED' || order.failureReason !== 'SOLD_OUT')) return order;
    quantity = 1;
    await delay(500 + deps.random() * 1_000);
  }
  return 'sold-out';
}

/** Asks again with the same key when the answer was lost or late, as a browser's retry would: it is the same order. */
async function createOrder(session: Session, deps: BuyerDeps, body: object): Promise<Order | 'sold-out'> {
  const idempotencyKey = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.gateway.createOrder(session, idempotencyKey, body);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'SOLD_OUT') return 'sold-out';
      if (!isBusy(error) || attempt === ORDER_ATTEMPTS) throw error;
      await delay(1_000 * attempt * (0.5 + deps.random()));
    }
  }
}

/** A class drawn with odds by what is left of it; `roll` in [0, 1). */
function drawByStock(classes: readonly TicketClass[], roll: number): TicketClass | undefined {
  let rest = roll * classes.reduce((sum, row) => sum + row.available, 0);
  for (const row of classes) {
    rest -= row.available;
    if (rest < 0) return row;
  }
  return classes[0];
}

async function waitForOrder(session: Session, orderId: string, sale: SaleFacts, deps: BuyerDeps): Promise<Order> {
  let order: Order | undefined;
  do {
    await delay(POLL_MS * (0.7 + 0.6 * deps.random()));
    try {
      order = await deps.gateway.order(session, orderId);
    } catch (error) {
      // A page that watches an order asks again.
      if (!isBusy(error) || Date.now() >= sale.deadlineMs) throw error;
    }
  } while (!['PAID', 'REFUNDED', 'FAILED'].includes(order?.state ?? '') && Date.now() < sale.deadlineMs);
  if (order === undefined) throw new Error('nothing was heard of the order after paying');
  return order;
}

/** Whether the shop was only too busy to answer. */
const isBusy = (error: unknown) => error instanceof GatewayError && (error.status === 429 || error.status >= 502);

async function sleepUntil(ms: number, deps: BuyerDeps): Promise<void> {
  const wait = ms - Date.now();
  if (wait > 0) await delay(wait + deps.random() * 50);
}
