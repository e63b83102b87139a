import { createPublicKey, verify } from 'node:crypto';
import { uuidV5 } from '#runtime/ids.ts';
import type { JWK } from '#runtime/tokens.ts';

/** What the stores, the broker and the providers said once everything was quiet. Amounts in VND. */
export interface Books {
  readonly stock: {
    readonly total: number;
    readonly reservedCounter: number;
    readonly soldCounter: number;
    readonly reservedLedger: number;
    readonly soldLedger: number;
  };
  readonly orders: readonly BookedOrder[];
  readonly payments: readonly BookedPayment[];
  readonly reservations: readonly { readonly orderId: string; readonly state: string; readonly quantity: number }[];
  /** Every link that the providers know of, by `provider/ref`. */
  readonly provider: readonly {
    readonly link: string;
    readonly amount: number;
    readonly paid: number;
    readonly refunded: number;
  }[];
  readonly outbox: readonly { readonly id: string; readonly published: boolean }[];
  /** Message ids on the broker, as often as they came. */
  readonly messages: ReadonlyMap<string, number>;
  /** Changes of payments' states, `from>to`. */
  readonly transitions: readonly string[];
  /** What buyers were told and did. */
  readonly buyers: readonly {
    readonly orderId: string;
    /** Refused buyers expect nothing. */
    readonly told: 'pending' | 'refused';
    /** The provider took their money. */
    readonly paid: boolean;
  }[];
  readonly ticketKey: JWK;
}

export interface BookedOrder {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly totalMinor: number;
  readonly quantity: number;
  readonly holdExpiresMs: number;
  readonly lines: readonly { readonly classId: string; readonly quantity: number }[];
  readonly tickets: readonly { readonly id: string; readonly classId: string; readonly qrPayload: string }[];
}

export interface BookedPayment {
  readonly orderId: string;
  readonly state: string;
  readonly amount: number;
  readonly captured: number;
  readonly refunded: number;
  /** Sum of the transactions that count. */
  readonly counted: number;
  readonly expiresMs: number;
  readonly links: readonly string[];
  /** What is back because it was too little or too much. */
  readonly returned: number;
}

export interface Finding {
  /** `lost`: somebody is owed something. `violated`: something is that must not be. */
  readonly kind: 'lost' | 'violated';
  readonly invariant: string;
  readonly detail: string;
}

const ALLOWED = new Set([
  ...['PENDING>CAPTURED', 'PENDING>FAILED', 'PENDING>CANCELLED', 'FAILED>CAPTURED', 'CANCELLED>CAPTURED'],
  ...['CAPTURED>REFUNDING', 'REFUNDING>REFUNDED'],
]);

/** Why money went back that never bought tickets. */
const TOO_LATE = ['NO_STOCK_LEFT', 'ORDER_CLOSED'];

/** Holds the books against the invariants I1 to I5 and I9 to I11 of the money path. Pure. */
export function audit(books: Books): Finding[] {
  const findings: Finding[] = [];
  const lost = (invariant: string, detail: string) => findings.push({ kind: 'lost', invariant, detail });
  const violated = (invariant: string, detail: string) => findings.push({ kind: 'violated', invariant, detail });
  const orders = new Map(books.orders.map((order) => [order.id, order]));
  const payments = new Map(books.payments.map((payment) => [payment.orderId, payment]));
  const reservations = new Map(books.reservations.map((row) => [row.orderId, row]));
  const provider = new Map(books.provider.map((row) => [row.link, row]));

  const { total, reservedCounter, soldCounter, reservedLedger, soldLedger } = books.stock;
  if (soldCounter + reservedCounter > total || soldLedger + reservedLedger > total)
    violated('I1', `${soldLedger} sold and ${reservedLedger} held of ${total}`);
  if (reservedCounter !== reservedLedger || soldCounter !== soldLedger)
    violated('I1', `counters ${reservedCounter}/${soldCounter}, ledger ${reservedLedger}/${soldLedger}`);

  const ticketIds = new Set<string>();
  for (const order of books.orders) {
    const payment = payments.get(order.id);
    if (['PENDING', 'REFUNDING'].includes(order.state)) lost('settled', `order ${order.id} is still ${order.state}`);
    const issued = order.state === 'PAID';
    // Tickets that were taken back stay written down, and are not valid. Money that came too late for any has none beside it.
    const revoked = order.state === 'REFUNDED' && !TOO_LATE.includes(order.reason);
    if (issued !== order.tickets.length > 0 && !revoked)
      violated('I5', `order ${order.id} is ${order.state} with ${order.tickets.length} tickets`);
    if (
      issued &&
      (reservations.get(order.id)?.state !== 'CONFIRMED' || reservations.get(order.id)?.quantity !== order.quantity)
    )
      violated(
        'I1',
        `order ${order.id} has tickets, and its stock is ${reservations.get(order.id)?.state ?? 'not there'}`,
      );
    if (issued && (payment?.state !== 'CAPTURED' || payment.captured < order.totalMinor))
      violated('I2', `order ${order.id} has tickets, and its payment is ${payment?.state ?? 'not there'}`);
    if (issued && order.tickets.length !== order.quantity)
      violated('I5', `order ${order.id} has ${order.tickets.length} tickets for ${order.quantity}`);
    for (const ticket of order.tickets) {
      if (ticketIds.has(ticket.id)) violated('I5', `ticket ${ticket.id} exists twice`);
      ticketIds.add(ticket.id);
      if (!genuine(ticket.qrPayload, ticket.id, books.ticketKey))
        violated('I5', `ticket ${ticket.id} is not signed by us`);
    }
    const expected = order.lines.flatMap(({ classId, quantity }) =>
      Array.from({ length: quantity }, (_, index) => uuidV5(order.id, `ticket/${classId}/${index}`)),
    );
    if (issued && order.tickets.some(({ id }) => !expected.includes(id)))
      violated('I5', `order ${order.id} has tickets of other ids than its own`);
    if (issued && !books.messages.has(`order.paid:${order.id}`)) lost('I11', `order.paid of ${order.id} never came`);
    const toldRefunded = books.messages.has(`order.refunded:${order.id}`);
    if (order.state === 'REFUNDED' && !toldRefunded) lost('I11', `order.refunded of ${order.id} never came`);
    if (order.state !== 'REFUNDED' && toldRefunded)
      violated('I11', `order.refunded of ${order.id} came, and it is ${order.state}`);
    if (payment !== undefined && payment.expiresMs >= order.holdExpiresMs)
      violated(
        'I9',
        `link of order ${order.id} (${order.state}) ends ${payment.expiresMs - order.holdExpiresMs} ms after its hold`,
      );
  }
  for (const { orderId, state } of books.reservations) {
    if (state === 'CONFIRMED' && orders.get(orderId)?.state !== 'PAID')
      violated(
        'I1',
        `stock of order ${orderId} is sold, and the order is ${orders.get(orderId)?.state ?? 'not there'}`,
      );
    if (state === 'HELD' && orders.get(orderId)?.state !== 'PENDING')
      lost('I1', `stock of order ${orderId} is held, and the order is ${orders.get(orderId)?.state ?? 'not there'}`);
  }
  const known = new Set<string>();
  for (const payment of books.payments) {
    const { orderId, state, captured, refunded } = payment;
    const came = payment.links.reduce((sum, link) => sum + (provider.get(link)?.paid ?? 0), 0);
    const back = payment.links.reduce((sum, link) => sum + (provider.get(link)?.refunded ?? 0), 0);
    for (const link of payment.links) known.add(link);
    if (captured !== payment.counted) violated('I4', `payment of ${orderId} counts ${captured} of ${payment.counted}`);
    if (came > captured) lost('I3', `the provider took ${came} for order ${orderId}, we know of ${captured}`);
    if (came < captured) violated('I2', `the provider took ${came} for order ${orderId}, we counted ${captured}`);
    if (back !== refunded) violated('I4', `the provider gave back ${back} of order ${orderId}, we know of ${refunded}`);
    const keeps = orders.get(orderId)?.state === 'PAID' ? payment.amount : 0;
    if (captured - refunded > keeps)
      lost(
        'I3',
        `order ${orderId} (${orders.get(orderId)?.state}, payment ${state}) keeps ${captured - refunded} for ${keeps}`,
      );
    if (captured - refunded < keeps)
      violated('I2', `order ${orderId} has tickets for ${keeps} and ${captured - refunded} was kept`);
    const completed = books.messages.has(`payment.completed:${orderId}`);
    if (['CAPTURED', 'REFUNDING', 'REFUNDED'].includes(state) && !completed)
      lost('I11', `payment.completed of order ${orderId} never came`);
    const toldReturned = books.messages.has(`order.money-returned:${orderId}`);
    if (payment.returned > 0 && !toldReturned) lost('I11', `order.money-returned of order ${orderId} never came`);
    if (payment.returned === 0 && toldReturned)
      violated('I11', `order.money-returned of order ${orderId} came, and nothing is back`);
  }
  for (const { link, paid } of books.provider)
    if (paid > 0 && !known.has(link)) lost('I3', `money for ${link}, which nobody knows`);
  for (const { id, published } of books.outbox) {
    if (!published) lost('I11', `${id} waits in the outbox`);
    else if (!books.messages.has(id)) lost('I11', `${id} was marked as published and is not on the broker`);
  }
  for (const change of books.transitions) if (!ALLOWED.has(change)) violated('I10', `a payment went ${change}`);
  for (const buyer of books.buyers) {
    const state = orders.get(buyer.orderId)?.state;
    if (state === undefined) lost('I4', `order ${buyer.orderId} was answered, and is not there`);
    else if (buyer.paid && state !== 'PAID' && state !== 'REFUNDED')
      lost('I3', `a buyer paid order ${buyer.orderId}, which is ${state}`);
  }
  return findings;
}

/** `TB1.<kid>.<claims>.<signature>`, as a scanner reads it. */
function genuine(payload: string, ticketId: string, key: JWK): boolean {
  const dot = payload.lastIndexOf('.');
  const [version, kid, claims = ''] = payload.slice(0, dot).split('.');
  if (version !== 'TB1' || kid !== key.kid) return false;
  const publicKey = createPublicKey({ key: key as Record<string, unknown>, format: 'jwk' });
  const signature = Buffer.from(payload.slice(dot + 1), 'base64url');
  if (!verify(null, Buffer.from(payload.slice(0, dot)), publicKey, signature)) return false;
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { t?: string }).t === ticketId;
}
