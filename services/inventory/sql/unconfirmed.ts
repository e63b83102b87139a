import type { Queryable } from '#runtime/pg.ts';

/** Those of the orders that own no stock, known or not. */
export async function unconfirmed(db: Queryable, orderIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.query<{ order_id: string }>({
    name: 'unconfirmed',
    // By the key, one after another: a plan made for a small table would read a large one whole, at every page of a sale's orders.
    text: `SELECT asked.order_id FROM unnest($1::uuid[]) AS asked(order_id)
           LEFT JOIN LATERAL (SELECT r.state FROM reservations r WHERE r.order_id = asked.order_id LIMIT 1) r ON true
           WHERE r.state IS DISTINCT FROM 'CONFIRMED'`,
    values: [orderIds],
  });
  return rows.map((row) => row.order_id);
}
