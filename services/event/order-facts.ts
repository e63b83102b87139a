import { REHEARSAL_CLASS, TOPIC } from '#proto/names.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { isUuid } from '#runtime/ids.ts';
import { messageFields } from '#runtime/message-fields.ts';

/** What one message says of one order. */
export interface OrderFact {
  readonly orderId: string;
  readonly eventId: string;
  readonly createTime: Date | undefined;
  readonly payTime: Date | undefined;
  readonly tickets: number;
  readonly revenueMinor: bigint;
  readonly currency: string;
  readonly refundTime: Date | undefined;
  readonly refundedTickets: number;
  readonly refundedMinor: bigint;
}

export const FACT_TOPICS = [TOPIC.orderCreated, TOPIC.orderPaid, TOPIC.orderRefunded];

const { record, text, missing } = messageFields('BAD_ORDER_EVENT', 'the message');

/** Reads `order.created`, `order.paid` or `order.refunded`; undefined for a rehearsal, which nobody shall see. Throws what it lacks. */
export function orderFact(value: Uint8Array): OrderFact | undefined {
  const { type, time, data } = decodeEnvelope(value);
  const order = record(data, 'data');
  const [orderId, eventId] = [text(order['orderId'], 'orderId'), text(order['eventId'], 'eventId')];
  if (!isUuid(orderId)) throw missing('UUID as orderId');
  if (!isUuid(eventId)) throw missing('UUID as eventId');
  const common = {
    ...{ orderId, eventId, createTime: undefined, payTime: undefined, tickets: 0, revenueMinor: 0n, currency: '' },
    ...{ refundTime: undefined, refundedTickets: 0, refundedMinor: 0n },
  };
  if (type === TOPIC.orderCreated) {
    const lines = Array.isArray(order['lines']) ? order['lines'] : [];
    if (lines.some((line: { className?: unknown }) => line?.className === REHEARSAL_CLASS)) return undefined;
    return { ...common, createTime: new Date(time) };
  }
  const tickets = Array.isArray(order['tickets']) ? order['tickets'].length : 0;
  if (type === TOPIC.orderRefunded) {
    const refunded = amountOf(order, 'refunded');
    // When it was refunded, not when that was told: it is the same however often and late it is told.
    const refundTime = new Date(text(order['refundTime'], 'refundTime'));
    if (Number.isNaN(refundTime.getTime())) throw missing('time as refundTime');
    return { ...common, refundTime, refundedTickets: tickets, refundedMinor: refunded.amountMinor };
  }
  if (type !== TOPIC.orderPaid) throw missing(`type that is known: it is ${type}`);
  if (order['rehearsal'] === true) return undefined;
  const { amountMinor, currency } = amountOf(order, 'total');
  return { ...common, payTime: new Date(time), tickets, revenueMinor: amountMinor, currency };
}

function amountOf(order: Record<string, unknown>, name: 'total' | 'refunded') {
  const money = record(order[name], name);
  const amount = String(money['amountMinor']);
  if (!/^\d{1,18}$/.test(amount)) throw missing(`${name}.amountMinor`);
  return { amountMinor: BigInt(amount), currency: text(money['currency'], `${name}.currency`) };
}

/** One fact per order, as one statement cannot write a row twice. What was said first of a step counts. */
export function mergeFacts(facts: readonly OrderFact[]): OrderFact[] {
  const byOrder = new Map<string, OrderFact>();
  for (const fact of facts) {
    const known = byOrder.get(fact.orderId);
    byOrder.set(fact.orderId, known === undefined ? fact : both(known, fact));
  }
  return [...byOrder.values()];
}

function both(known: OrderFact, more: OrderFact): OrderFact {
  const { payTime, tickets, revenueMinor, currency } = known.payTime === undefined ? more : known;
  const { refundTime, refundedTickets, refundedMinor } = known.refundTime === undefined ? more : known;
  return {
    ...{ orderId: known.orderId, eventId: known.eventId, createTime: known.createTime ?? more.createTime },
    ...{ payTime, tickets, revenueMinor, currency },
    ...{ refundTime, refundedTickets, refundedMinor },
  };
}
