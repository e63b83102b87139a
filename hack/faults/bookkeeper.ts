import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import { ORDERS_TABLE, type Shop } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';
import type { BookedOrder, BookedPayment, Books } from './audit.ts';

export interface Bookkeeper extends AsyncDisposable {
  /** Everything of one sale, read now. */
  read(eventId: string, buyers: Books['buyers']): Promise<Books>;
  /** What is not finished yet; empty when all is quiet. */
  unsettled(eventId: string): Promise<string>;
}

/** Where the books are. */
export type BookSources = Pick<Shop, 'paymentDb' | 'inventoryDb' | 'dynamo' | 'providersUrl' | 'ticketJwk'> & {
  readonly backing: Pick<Shop['backing'], 'kafka'>;
};

/** Reads the books of all stores. It listens to the broker from the first message on. */
export async function openBookkeeper(shop: BookSources): Promise<Bookkeeper> {
  const messages = new Map<string, number>();
  const kafka = createKafka({ brokers: shop.backing.kafka.brokers, clientId: 'faults', log: silentLogger() });
  const consumer = kafka.runConsumer({
    groupId: 'faults',
    topics: Object.values(TOPIC).filter((topic) => topic !== TOPIC.queuePosition),
    clock: systemClock,
    handler: async ({ value }) => {
      const { id, type, data } = decodeEnvelope(value);
      // Payments name their messages after themselves; the books go by order.
      const { orderId } = (data ?? {}) as { orderId?: string };
      for (const name of new Set([id, `${type}:${orderId}`])) messages.set(name, (messages.get(name) ?? 0) + 1);
      return 'done';
    },
    park: async () => {},
  });
  // Every change of a payment's state leaves a trace that only we read.
  await shop.paymentDb.query(`
    CREATE TABLE IF NOT EXISTS audit_states (event_id uuid, change text);
    CREATE OR REPLACE FUNCTION audit_state() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN INSERT INTO audit_states VALUES (NEW.event_id, OLD.state || '>' || NEW.state); RETURN NULL; END $$;
    CREATE OR REPLACE TRIGGER audit_state AFTER UPDATE OF state ON payments
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION audit_state();`);

  const read = async (eventId: string, buyers: Books['buyers']): Promise<Books> => ({
    stock: await stockOf(shop, eventId),
    orders: await ordersOf(shop, eventId),
    payments: await paymentsOf(shop, eventId),
    reservations: (
      await shop.inventoryDb.query<Books['reservations'][number]>(
        `SELECT r.order_id AS "orderId", r.state, coalesce(sum(l.quantity), 0)::int AS quantity
         FROM reservations r LEFT JOIN reservation_lines l USING (order_id) WHERE r.event_id = $1 GROUP BY 1, 2`,
        [eventId],
      )
    ).rows,
    provider: await providerRows(shop, eventId),
    outbox: await outboxOf(shop),
    messages: new Map(messages),
    transitions: (
      await shop.paymentDb.query<{ change: string }>('SELECT change FROM audit_states WHERE event_id = $1', [eventId])
    ).rows.map(({ change }) => change),
    buyers,
    ticketKey: shop.ticketJwk,
  });

  return {
    read,
    async unsettled(eventId) {
      const books = await read(eventId, []);
      const count = (what: string, number: number) => (number === 0 ? [] : [`${number} ${what}`]);
      const known = new Set(books.payments.flatMap(({ links }) => links));
      const came = books.provider.filter(({ link }) => known.has(link)).reduce((sum, { paid }) => sum + paid, 0);
      const counted = books.payments.reduce((sum, payment) => sum + payment.counted, 0);
      return [
        ...count('orders open', books.orders.filter(({ state }) => ['PENDING', 'REFUNDING'].includes(state)).length),
        ...count('holds', books.stock.reservedLedger),
        ...count('messages waiting', books.outbox.filter(({ published }) => !published).length),
        ...count('refunds waiting', await refundsWaiting(shop)),
        ...count('dong not counted', came - counted),
        ...count(
          'messages on their way',
          books.outbox.filter(({ id, published }) => published && !messages.has(id)).length +
            books.orders.filter(({ id, state }) => state === 'PAID' && !messages.has(`order.paid:${id}`)).length +
            books.orders.filter(({ id, state }) => state === 'REFUNDED' && !messages.has(`order.refunded:${id}`))
              .length +
            books.payments.filter(
              ({ orderId, returned }) => returned > 0 && !messages.has(`order.money-returned:${orderId}`),
            ).length,
        ),
        ...count(
          'payments to settle',
          books.payments.filter(
            ({ orderId, state }) =>
              state === 'CAPTURED' && books.orders.find(({ id }) => id === orderId)?.state !== 'PAID',
          ).length,
        ),
      ].join(', ');
    },
    [Symbol.asyncDispose]: () => consumer.stop(),
  };
}

async function stockOf({ inventoryDb }: BookSources, eventId: string): Promise<Books['stock']> {
  const { rows } = await inventoryDb.query<Books['stock']>(
    `SELECT c.total, c.reserved AS "reservedCounter", c.sold AS "soldCounter",
            coalesce(sum(l.quantity) FILTER (WHERE r.state = 'HELD'), 0)::int AS "reservedLedger",
            coalesce(sum(l.quantity) FILTER (WHERE r.state = 'CONFIRMED'), 0)::int AS "soldLedger"
     FROM ticket_classes c LEFT JOIN reservation_lines l ON l.ticket_class_id = c.id
     LEFT JOIN reservations r ON r.order_id = l.order_id
     WHERE c.event_id = $1 GROUP BY c.id`,
    [eventId],
  );
  if (rows[0] === undefined) throw new Error(`sale ${eventId} has no class`);
  return rows[0];
}

async function ordersOf({ dynamo }: BookSources, eventId: string): Promise<BookedOrder[]> {
  const orders: BookedOrder[] = [];
  for (let start: Record<string, unknown> | undefined; ; ) {
    const page = await dynamo.send(
      new ScanCommand({
        TableName: ORDERS_TABLE,
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    for (const item of page.Items ?? []) {
      // The index may spread an event over several keys: `<event id>#<shard>`.
      if (typeof item['status'] !== 'string' || String(item['event_id']).split('#')[0] !== eventId) continue;
      if (typeof item['created_at'] !== 'string' || !Array.isArray(item['lines'])) continue;
      const lines = item['lines'] as { ticket_class_id: string; quantity: number }[];
      const tickets = (item['tickets'] ?? []) as { id: string; ticket_class_id: string; qr_payload: string }[];
      orders.push({
        ...{ id: String(item['order_id']), state: item['status'], totalMinor: Number(item['total_minor']) },
        reason: String(item['failure_reason']),
        holdExpiresMs: Date.parse(String(item['hold_expires_at'])),
        quantity: lines.reduce((sum, line) => sum + line.quantity, 0),
        lines: lines.map((line) => ({ classId: line.ticket_class_id, quantity: line.quantity })),
        tickets: tickets.map((ticket) => ({
          ...{ id: ticket.id, classId: ticket.ticket_class_id, qrPayload: ticket.qr_payload },
        })),
      });
    }
    start = page.LastEvaluatedKey;
    if (start === undefined) return orders;
  }
}

async function paymentsOf({ paymentDb }: BookSources, eventId: string): Promise<readonly BookedPayment[]> {
  const { rows } = await paymentDb.query<BookedPayment>(
    `SELECT p.order_id AS "orderId", p.state, p.amount_minor::float8 AS amount, p.captured_minor::float8 AS captured,
            p.refunded_minor::float8 AS refunded, extract(epoch FROM p.expire_time)::float8 * 1000 AS "expiresMs",
            (SELECT coalesce(sum(t.amount_minor), 0)::float8 FROM transactions t WHERE t.payment_id = p.id AND t.counted) AS counted,
            (SELECT coalesce(sum(r.amount_minor), 0)::float8 FROM refunds r WHERE r.payment_id = p.id AND r.state = 'DONE'
             AND r.reason IN ('SURPLUS', 'UNDERPAID')) AS returned,
            (SELECT coalesce(array_agg(l.provider || '/' || l.provider_ref), '{}') FROM payment_links l WHERE l.payment_id = p.id) AS links
     FROM payments p WHERE p.event_id = $1`,
    [eventId],
  );
  return rows;
}

async function refundsWaiting({ paymentDb }: BookSources): Promise<number> {
  const { rows } = await paymentDb.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM refunds WHERE state = 'PENDING'",
  );
  return rows[0]?.count ?? 0;
}

/** Links of this sale, and those that no payment has: money there would be lost. */
async function providerRows(shop: BookSources, eventId: string): Promise<Books['provider']> {
  const answer = await fetch(`${shop.providersUrl}/simulator/payments`);
  const { payments } = (await answer.json()) as {
    payments: { provider: string; providerRef: string; amount: number; paid: number; refunded: number }[];
  };
  const { rows } = await shop.paymentDb.query<{ link: string }>(
    `SELECT l.provider || '/' || l.provider_ref AS link FROM payment_links l JOIN payments p ON p.id = l.payment_id
     WHERE p.event_id <> $1`,
    [eventId],
  );
  const others = new Set(rows.map(({ link }) => link));
  return payments
    .map(({ provider, providerRef, ...row }) => ({ ...row, link: `${provider}/${providerRef}` }))
    .filter(({ link }) => !others.has(link));
}

async function outboxOf(shop: BookSources): Promise<Books['outbox']> {
  const text = "SELECT id, published_time IS NOT NULL AS published FROM outbox WHERE id NOT LIKE 'ballast%'";
  const all = await Promise.all(
    [shop.inventoryDb, shop.paymentDb].map((db) => db.query<Books['outbox'][number]>(text)),
  );
  return all.flatMap(({ rows }) => rows);
}
