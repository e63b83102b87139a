import { ORDER_EVENT_SHARDS, TOPIC } from '#proto/names.ts';
import { toIso } from '#runtime/timestamp.ts';
import { activeTrace } from '#runtime/trace-context.ts';
import { shardOf } from './order-item.ts';

const NOTICES = [TOPIC.orderCreated, TOPIC.orderPaid, TOPIC.orderRefunded] as const;

/** Something to tell about an order. What is told is read from the order when it is told. */
export interface Notice {
  readonly topic: (typeof NOTICES)[number];
  readonly orderId: string;
  /** With `order.created`: the payment that was begun. undefined: nothing to pay. */
  readonly initiated: { readonly id: string; readonly expireTimeMs: number } | undefined;
  /** The trace in which it was written; kept for who tells it later. */
  readonly traceparent?: string | undefined;
}

/** Keys of the outbox in `event_id-index`, where `status` is the time: the oldest of a shard comes first. */
export const OUTBOX_KEYS: readonly string[] = Array.from(
  { length: ORDER_EVENT_SHARDS },
  (_, shard) => `outbox#${shard}`,
);

export const noticeKey = ({ topic, orderId }: Pick<Notice, 'topic' | 'orderId'>) => `outbox#${topic}:${orderId}`;

/** A notice as an item of the orders table, written in one transaction with what it tells. All of an order share a shard. */
export function noticeItem(notice: Notice, nowMs: number): Record<string, unknown> {
  const { topic, orderId, initiated, traceparent = activeTrace() } = notice;
  return {
    order_id: noticeKey(notice),
    event_id: OUTBOX_KEYS[shardOf(orderId)],
    status: toIso(nowMs),
    ...{ topic, told_order: orderId },
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(initiated === undefined ? {} : { payment_id: initiated.id, payment_expires_ms: initiated.expireTimeMs }),
  };
}

/** undefined: of a kind that only a newer version knows. It waits for that version, which was here and comes back. */
export function noticeOf(item: Readonly<Record<string, unknown>>): Notice | undefined {
  const topic = NOTICES.find((known) => known === item['topic']);
  if (topic === undefined) return undefined;
  const paymentId = item['payment_id'];
  return {
    topic,
    orderId: String(item['told_order']),
    initiated:
      typeof paymentId === 'string' ? { id: paymentId, expireTimeMs: Number(item['payment_expires_ms']) } : undefined,
    ...(typeof item['traceparent'] === 'string' ? { traceparent: item['traceparent'] } : {}),
  };
}
