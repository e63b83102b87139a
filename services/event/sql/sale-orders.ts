import type { Queryable } from '#runtime/pg.ts';
import type { OrderFact } from '../order-facts.ts';

export interface SaleMinute {
  readonly minute: Date;
  readonly ordersCreated: number;
  readonly ordersPaid: number;
  readonly tickets: number;
  readonly revenueMinor: string;
  readonly currency: string;
}

/** Writes facts of different orders. What is known already stays: the first time that was told counts. */
export async function keepFacts(db: Queryable, facts: readonly OrderFact[]): Promise<void> {
  if (facts.length === 0) return;
  await db.query({
    name: 'sale-orders-keep',
    text: `
      INSERT INTO sale_orders AS known (order_id, event_id, create_time, pay_time, tickets, revenue_minor, currency)
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::bigint[], $7::text[])
      ON CONFLICT (order_id) DO UPDATE SET
        create_time   = coalesce(known.create_time, excluded.create_time),
        pay_time      = coalesce(known.pay_time, excluded.pay_time),
        tickets       = CASE WHEN known.pay_time IS NULL THEN excluded.tickets ELSE known.tickets END,
        revenue_minor = CASE WHEN known.pay_time IS NULL THEN excluded.revenue_minor ELSE known.revenue_minor END,
        currency      = CASE WHEN known.pay_time IS NULL THEN excluded.currency ELSE known.currency END`,
    values: [
      facts.map(({ orderId }) => orderId),
      facts.map(({ eventId }) => eventId),
      facts.map(({ createTime }) => createTime ?? null),
      facts.map(({ payTime }) => payTime ?? null),
      facts.map(({ tickets }) => tickets),
      facts.map(({ revenueMinor }) => revenueMinor.toString()),
      facts.map(({ currency }) => currency),
    ],
  });
}

/** What happened to orders of an event, minute by minute, oldest first; minutes without any are left out. */
export async function saleMinutes(db: Queryable, eventId: string, maxMinutes: number): Promise<SaleMinute[]> {
  const { rows } = await db.query<SaleMinute>({
    name: 'sale-orders-minutes',
    text: `
      SELECT minute, sum(created)::int AS "ordersCreated", sum(paid)::int AS "ordersPaid", sum(tickets)::int AS tickets,
             sum(revenue)::text AS "revenueMinor", max(currency) AS currency
        FROM (SELECT date_trunc('minute', create_time) AS minute, 1 AS created, 0 AS paid, 0 AS tickets, 0 AS revenue, '' AS currency
                FROM sale_orders WHERE event_id = $1 AND create_time IS NOT NULL
              UNION ALL
              SELECT date_trunc('minute', pay_time), 0, 1, tickets, revenue_minor, currency
                FROM sale_orders WHERE event_id = $1 AND pay_time IS NOT NULL) AS happened
       GROUP BY minute ORDER BY minute DESC LIMIT $2`,
    values: [eventId, maxMinutes],
  });
  return rows.toReversed();
}
