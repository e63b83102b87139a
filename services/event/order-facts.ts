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
}

export const FACT_TOPICS = [TOPIC.orderCreated, TOPIC.orderPaid];

const { record, text, missing } = messageFields('BAD_ORDER_EVENT', 'the message');

/** Reads `order.created` or `order.paid`; undefined for a rehearsal, which nobody shall see. Throws what it lacks. */
export function orderFact(value: Uint8Array): OrderFact | undefined {
  const { type, time, data } = decodeEnvelope(value);
  const order = record(data, 'data');
  const [orderId, eventId] = [text(order['orderId'], 'orderId'), text(order['eventId'], 'eventId')];
  if (!isUuid(orderId)) throw missing('UUID as orderId');
  if (!isUuid(eventId)) throw missing('UUID as eventId');
  const common = { orderId, eventId, tickets: 0, revenueMinor: 0n, currency: '' };
  if (type === TOPIC.orderCreated) {
    const lines = Array.isArray(order['lines']) ? order['lines'] : [];
    if (lines.some((line: { className?: unknown }) => line?.className === REHEARSAL_CLASS)) return undefined;
    return { ...common, createTime: new Date(time), payTime: undefined };
  }
  if (type !== TOPIC.orderPaid) throw missing(`type that is known: it is ${type}`);
  if (order['rehearsal'] === true) return undefined;
  const total = record(order['total'], 'total');
  const amount = String(total['amountMinor']);
  if (!/^\d{1,18}$/.test(amount)) throw missing('total.amountMinor');
  return {
    ...common,
    createTime: undefined,
    payTime: new Date(time),
    tickets: Array.isArray(order['tickets']) ? order['tickets'].length : 0,
    revenueMinor: BigInt(amount),
    currency: text(total['currency'], 'total.currency'),
  };
}

/** One fact per order, as one statement cannot write a row twice. */
export function mergeFacts(facts: readonly OrderFact[]): OrderFact[] {
  const byOrder = new Map<string, OrderFact>();
  for (const fact of facts) {
    const known = byOrder.get(fact.orderId);
    byOrder.set(
      fact.orderId,
      known === undefined
        ? fact
        : {
            ...(fact.payTime === undefined ? known : fact),
            createTime: known.createTime ?? fact.createTime,
            payTime: known.payTime ?? fact.payTime,
          },
    );
  }
  return [...byOrder.values()];
}
