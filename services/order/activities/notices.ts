import { TOPIC, type Topic } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { encodeEnvelope } from '#runtime/event-envelope.ts';
import type { EventProducer } from '#runtime/kafka.ts';
import { toWireMoney, type WireMoney } from '#runtime/money.ts';
import { toIso } from '#runtime/timestamp.ts';
import { activeTrace, runInTrace } from '#runtime/trace-context.ts';
import type { StoredOrder } from '../store/order-item.ts';
import type { OrderOutbox } from '../store/order-outbox.ts';
import type { OrderTable } from '../store/order-table.ts';
import { type Notice, OUTBOX_KEYS } from '../store/outbox-item.ts';
import type { EventFacts } from './event-facts.ts';

export interface NoticesDeps {
  readonly table: OrderTable;
  readonly outbox: OrderOutbox;
  readonly eventFacts: (eventId: string) => Promise<EventFacts>;
  readonly producer: EventProducer;
  readonly clock: Clock;
}

export interface Notices {
  /** What was just written here need not be read again to be told. */
  remember(order: StoredOrder): void;
  /** Tells it and takes it out of the outbox. Telling twice is harmless: message ids are the same. */
  publish(notice: Notice): Promise<void>;
  /** Tells whose money is back though the order is what it was. It waits in payment's outbox and its topic until it is told. */
  publishReturned(money: ReturnedMoney): Promise<void>;
  /**
   * Tells what waited for longer than the saga needs. Returns how many it told, the age of the oldest in ms, and the first
   * failure: ages are wanted above all when nothing can be told.
   */
  sweep(): Promise<{ readonly count: number; readonly oldestMs: number; readonly failure: unknown }>;
}

/** Money that was too little, or too much, and is back. */
export interface ReturnedMoney {
  readonly orderId: string;
  /** Names it among those of its order. */
  readonly returnId: string;
  readonly reason: string;
  readonly received: WireMoney;
  readonly owed: WireMoney;
  readonly returned: WireMoney;
  readonly returnTime: string;
}

/** The saga tells at once what it has written; whatever it did not get to tell is told from the outbox after this long. */
const LEFT_ALONE_MS = 15_000;
const BATCH = 50;
const REMEMBERED = 2_000;

/** Messages about orders, published if and only if what they tell was written. */
export function createNotices({ table, outbox, eventFacts, producer, clock }: NoticesDeps): Notices {
  const recent = new Map<string, StoredOrder>();

  const send = async (topic: Topic, order: StoredOrder, data: object, id = `${topic}:${order.id}`) => {
    // The id is the same however often this runs: consumers drop what they have seen.
    const traceparent = activeTrace();
    const value = encodeEnvelope({ id, type: topic, time: clock.now(), key: order.id, data, traceparent });
    const headers = { id, type: topic, ...(traceparent === undefined ? {} : { traceparent }) };
    await producer.send(topic, [{ key: order.id, value, headers }], {
      signal: AbortSignal.timeout(8_000),
    });
  };

  const tell = async (notice: Notice) => {
    const { topic } = notice;
    const known = recent.get(notice.orderId);
    const holds = topic === TOPIC.orderCreated || (topic === TOPIC.orderPaid && known?.state === 'PAID');
    const order = holds && known !== undefined ? known : await table.get(notice.orderId);
    if (order === undefined) return; // An undone rehearsal.
    if (topic === TOPIC.orderPaid) {
      // Told so late that the tickets are not valid any more.
      if (order.state === 'REFUNDING' || order.state === 'REFUNDED') return;
      await send(TOPIC.orderPaid, order, paidData(order, await eventFacts(order.eventId)));
      return;
    }
    if (order.rehearsal) return;
    if (topic === TOPIC.orderRefunded) {
      if (order.state === 'REFUNDED') await send(topic, order, refundedData(order, await eventFacts(order.eventId)));
      return;
    }
    await send(TOPIC.orderCreated, order, createdData(order));
    if (notice.initiated !== undefined)
      await send(TOPIC.paymentInitiated, order, initiatedData(order, notice.initiated));
  };

  const publish = async (notice: Notice) => {
    await tell(notice);
    outbox.told(notice);
    if (notice.topic !== TOPIC.orderCreated) recent.delete(notice.orderId);
  };

  return {
    publish,
    async publishReturned({ orderId, ...money }) {
      const order = await table.get(orderId);
      if (order === undefined || order.rehearsal) return;
      const data = { ...common(order), ...addressee(order), ...money, event: await eventFacts(order.eventId) };
      await send(TOPIC.orderMoneyReturned, order, data, `${TOPIC.orderMoneyReturned}:${orderId}:${money.returnId}`);
    },
    remember(order) {
      recent.delete(order.id);
      recent.set(order.id, order);
      const [oldest] = recent.keys();
      if (recent.size > REMEMBERED && oldest !== undefined) recent.delete(oldest);
    },
    async sweep() {
      const now = clock.now();
      const waiting: Awaited<ReturnType<OrderOutbox['waiting']>>[number][] = [];
      for (const key of OUTBOX_KEYS) waiting.push(...(await outbox.waiting(key, now - LEFT_ALONE_MS, BATCH)));
      const oldestMs = Math.max(0, ...waiting.map(({ sinceMs }) => now - sinceMs));
      const stuck = new Set<string>();
      const away = new Set<string>();
      let count = 0;
      let failure: unknown;
      // One after another: what was written first is told first.
      for (const { notice } of waiting) {
        if (stuck.has(notice.orderId) || away.has(notice.topic)) continue;
        try {
          await runInTrace(notice.traceparent, () => publish(notice));
          count++;
        } catch (error) {
          failure ??= error;
          // A notice that can never be told holds up its own order alone, a topic that is not there yet only itself. A broker
          // that is away is asked once for each topic.
          if (!(error instanceof ServiceError) || error.retryable) away.add(notice.topic);
          stuck.add(notice.orderId);
        }
      }
      return { count, oldestMs, failure };
    },
  };
}

function createdData(order: StoredOrder): object {
  return {
    ...common(order),
    total: toWireMoney(order.total),
    lines: order.lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: toWireMoney(unitPrice) })),
  };
}

function initiatedData(order: StoredOrder, payment: NonNullable<Notice['initiated']>): object {
  return {
    ...{ orderId: order.id, paymentId: payment.id, provider: order.provider },
    amount: toWireMoney(order.total),
    expireTime: toIso(payment.expireTimeMs),
  };
}

function paidData(order: StoredOrder, event: EventFacts): object {
  return {
    ...common(order),
    ...{ email: order.email, fullName: order.fullName, language: order.language },
    total: toWireMoney(order.total),
    event,
    tickets: order.tickets.map(({ id, className, qrPayload }) => ({ id, className, qrPayload })),
    rehearsal: order.rehearsal,
  };
}

/**
 * No `total`: a mail function from before this message reads every message as `order.paid`, and must fail over this one rather
 * than congratulate. `tickets` are those that stopped being valid; none when there never were any.
 */
function refundedData(order: StoredOrder, event: EventFacts): object {
  return {
    ...common(order),
    ...addressee(order),
    ...{ reason: order.failureReason, refunded: toWireMoney(order.total), refundTime: toIso(order.updateTimeMs) },
    event,
    lines: order.lines.map(({ ticketClassId, className, quantity }) => ({ ticketClassId, className, quantity })),
    tickets: order.tickets.map(({ id, className }) => ({ id, className })),
  };
}

function addressee({ email, fullName, language, provider }: StoredOrder) {
  return { email, fullName, language, provider };
}

function common({ id, code, eventId, userId }: StoredOrder) {
  return { orderId: id, code, eventId, userId };
}
