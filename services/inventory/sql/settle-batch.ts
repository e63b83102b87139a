import type { Queryable } from '#runtime/pg.ts';
import type { ReservationState, SettleAnswer, SettleCommand } from '../domain/reservation.ts';

interface Row {
  readonly order_id: string;
  readonly before: ReservationState | null;
  readonly after: ReservationState | 'BUSY' | null;
}

/** Confirms, releases and returns a batch (order ids unique in it) in one transaction; answers in the batch's order. */
export async function settleBatch(db: Queryable, batch: readonly SettleCommand[]): Promise<readonly SettleAnswer[]> {
  const { rows } = await db.query<Row>({
    name: 'inventory_settle',
    text: 'SELECT order_id, before, after FROM inventory_settle($1::jsonb)',
    values: [JSON.stringify(batch)],
  });
  const byOrder = new Map(rows.map((row) => [row.order_id, row]));
  return batch.map(({ orderId }) => {
    const row = byOrder.get(orderId);
    if (row === undefined) throw new Error('inventory_settle left a request without answer');
    return { before: row.before ?? undefined, after: row.after ?? undefined };
  });
}
