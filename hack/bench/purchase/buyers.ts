import { randomUUID } from 'node:crypto';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';

export interface PaidListener extends AsyncDisposable {
  /** Date.now() at which `order.paid` of this order arrived. Rejects after `withinMs`. */
  paid(orderId: string, withinMs: number): Promise<number>;
}

/** Hears of every paid order at the end of the way, as the functions that make PDFs and mails do. */
export function listenForPaid(shop: Shop): PaidListener {
  const arrived = new Map<string, PromiseWithResolvers<number>>();
  const entry = (orderId: string) => {
    const known = arrived.get(orderId) ?? Promise.withResolvers<number>();
    arrived.set(orderId, known);
    return known;
  };
  const kafka = createKafka({ brokers: shop.backing.kafka.brokers, clientId: 'bench', log: silentLogger() });
  const consumer = kafka.runConsumer({
    groupId: `bench-${randomUUID()}`,
    topics: [TOPIC.orderPaid],
    clock: systemClock,
    handler: async ({ value }) => {
      entry(decodeEnvelope(value).key).resolve(Date.now());
      return 'done';
    },
    park: async () => {},
  });
  return {
    async paid(orderId, withinMs) {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`order ${orderId} was not paid in time`)), withinMs);
      try {
        return await Promise.race([entry(orderId).promise, late.promise]);
      } finally {
        clearTimeout(timer);
        arrived.delete(orderId);
      }
    },
    [Symbol.asyncDispose]: () => consumer.stop(),
  };
}

export interface Purchase {
  readonly orderId: string;
  /** Date.now() of the call, of its answer, and of the money. */
  readonly calledMs: number;
  readonly placedMs: number;
  readonly moneyMs: number;
}

/** Who has been let in, by a room or by the shop itself. */
export interface Admitted {
  readonly userId: string;
  readonly admissionToken: string;
}

/** One buyer: an order, and the money for it. Asks again while the shop says it is busy. Throws when the order is refused. */
export async function buy(shop: Shop, eventId: string, classId: string, admitted?: Admitted): Promise<Purchase> {
  const userId = admitted?.userId ?? randomUUID();
  const admissionToken = admitted?.admissionToken ?? (await shop.admission(userId, eventId));
  const request = {
    ...{ idempotencyKey: randomUUID(), eventId, userId, email: 'buyer@example.test', fullName: 'Vũ Thị Hoa' },
    lines: [{ ticketClassId: classId, quantity: 1 }],
    ...{ provider: 'PROVIDER_ZALOPAY' as const, admissionToken, language: 'vi' },
  };
  const calledMs = Date.now();
  for (let tries = 0; ; tries++) {
    try {
      const { order } = await shop.orders.createOrder(request, { deadlineMs: 60_000 });
      if (order?.state !== 'ORDER_STATE_PENDING') throw new Error(`order is ${order?.state} ${order?.failureReason}`);
      const placedMs = Date.now();
      const providerRef = decodeURIComponent(new URL(order.paymentUrl).pathname.split('/').at(-1) ?? '');
      const answer = await fetch(`${shop.providersUrl}/simulator/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ provider: 'zalopay', providerRef }),
      });
      if (!answer.ok) throw new Error(`the provider refused: ${await answer.text()}`);
      await answer.text();
      return { orderId: order.id, calledMs, placedMs, moneyMs: Date.now() };
    } catch (error) {
      if (tries >= 20 || !(error instanceof Error && 'code' in error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
