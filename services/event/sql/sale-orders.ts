import { oneRow, type Queryable } from '#runtime/pg.ts';
import type { OrderFact } from '../order-facts.ts';

export interface SaleMinute {
  readonly minute: Date;
  readonly ordersCreated: number;
  readonly ordersPaid: number;
  readonly tickets: number;
  readonly revenueMinor: string;
  readonly ordersRefunded: number;
  readonly ticketsRefunded: number;
  readonly refundedMinor: string;
  readonly currency: string;
}

export type SaleTotals = Omit<SaleMinute, 'minute' | 'ordersCreated'>;

/** Writes facts of different orders. What is known already stays: the first time that was told counts. */
export async function keepFacts(db: Queryable, facts: readonly OrderFact[]): Promise<void> {
  if (facts.length === 0) return;
  await db.query({
    name: 'sale-orders-keep',
    text: `
      INSERT INTO sale_orders AS known (order_id, event_id, create_time, pay_time, tickets, revenue_minor, currency,
                                        refund_time, refunded_tickets, refunded_minor)
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::bigint[], $7::text[],
                           $8::timestamptz[], $9::int[], $10::bigint[])
      ON CONFLICT (order_id) DO UPDATE SET
        create_time   = coalesce(known.create_time, excluded.create_time),
        pay_time      = coalesce(known.pay_time, excluded.pay_time),
        tickets       = CASE WHEN known.pay_time IS NULL THEN excluded.tickets ELSE known.tickets END,
        revenue_minor = CASE WHEN known.pay_time IS NULL THEN excluded.revenue_minor ELSE known.revenue_minor END,
        currency      = CASE WHEN known.pay_time IS NULL THEN excluded.currency ELSE known.currency END,
        refund_time      = coalesce(known.refund_time, excluded.refund_time),
        refunded_tickets = CASE WHEN known.refund_time IS NULL THEN excluded.refunded_tickets ELSE known.refunded_tickets END,
        refunded_minor   = CASE WHEN known.refund_time IS NULL THEN excluded.refunded_minor ELSE known.refunded_minor END`,
    values: [
      facts.map(({ orderId }) => orderId),
      facts.map(({ eventId }) => eventId),
      facts.map(({ createTime }) => createTime ?? null),
      facts.map(({ payTime }) => payTime ?? null),
      facts.map(({ tickets }) => tickets),
      facts.map(({ revenueMinor }) => revenueMinor.toString()),
      facts.map(({ currency }) => currency),
      facts.map(({ refundTime }) => refundTime ?? null),
      facts.map(({ refundedTickets }) => refundedTickets),
      facts.map(({ refundedMinor }) => refundedMinor.toString()),
    ],
  });
}

/**
 * What happened to orders of an event, minute by minute, oldest first; minutes without any are left out. A refund counts only
 * where the sale does: money that came too late was never a sale.
 */
export async function saleMinutes(db: Queryable, eventId: string, maxMinutes: number): Promise<SaleMinute[]> {
  const { rows } = await db.query<SaleMinute>({
    name: 'sale-orders-minutes',
    text: `
      SELECT minute, sum(created)::int AS "ordersCreated", sum(paid)::int AS "ordersPaid", sum(tickets)::int AS tickets,
             sum(revenue)::text AS "revenueMinor", sum(refunds)::int AS "ordersRefunded",
             sum(refunded_tickets)::int AS "ticketsRefunded", sum(refunded)::text AS "refundedMinor", max(currency) AS currency
        FROM (SELECT date_trunc('minute', create_time) AS minute, 1 AS created, 0 AS paid, 0 AS tickets, 0 AS revenue,
                     0 AS refunds, 0 AS refunded_tickets, 0 AS refunded, '' AS currency
                FROM sale_orders WHERE event_id = $1 AND create_time IS NOT NULL
              UNION ALL
              SELECT date_trunc('minute', pay_time), 0, 1, tickets, revenue_minor, 0, 0, 0, currency
                FROM sale_orders WHERE event_id = $1 AND pay_time IS NOT NULL
              UNION ALL
              SELECT date_trunc('minute', refund_time), 0, 0, 0, 0, 1, refunded_tickets, refunded_minor, currency
                FROM sale_orders WHERE event_id = $1 AND pay_time IS NOT NULL AND refund_time IS NOT NULL) AS happened
       GROUP BY minute ORDER BY minute DESC LIMIT $2`,
    values: [eventId, maxMinutes],
  });
  return rows.toReversed();
}

/** The same in all. */
export async function saleTotals(db: Queryable, eventId: string): Promise<SaleTotals | undefined> {
  return oneRow(
    await db.query<SaleTotals>({
      name: 'sale-orders-totals',
      text: `
        SELECT count(*)::int AS "ordersPaid", coalesce(sum(tickets), 0)::int AS tickets,
               coalesce(sum(revenue_minor), 0)::text AS "revenueMinor", count(refund_time)::int AS "ordersRefunded",
               coalesce(sum(refunded_tickets), 0)::int AS "ticketsRefunded",
               coalesce(sum(refunded_minor), 0)::text AS "refundedMinor", coalesce(max(currency), '') AS currency
          FROM sale_orders WHERE event_id = $1 AND pay_time IS NOT NULL`,
      values: [eventId],
    }),
  );
}
