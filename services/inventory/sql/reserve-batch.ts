import type { Queryable } from '#runtime/pg.ts';
import type { HeldLine, ReserveAnswer, ReserveCommand } from '../domain/reservation.ts';

interface Row {
  readonly order_id: string;
  readonly verdict: ReserveAnswer['verdict'];
  readonly subject: string;
  readonly lines: HeldLine[] | null;
  readonly expire_time: Date | null;
}

/** Holds stock for a batch (order ids unique in it) in one round trip and one transaction; answers in the batch's order. */
export async function reserveBatch(db: Queryable, batch: readonly ReserveCommand[]): Promise<readonly ReserveAnswer[]> {
  const { rows } = await db.query<Row>({
    name: 'inventory_reserve',
    text: 'SELECT order_id, verdict, subject, lines, expire_time FROM inventory_reserve($1::jsonb)',
    values: [JSON.stringify(batch)],
  });
  const byOrder = new Map(rows.map((row) => [row.order_id, row]));
  return batch.map(({ orderId }) => {
    const row = byOrder.get(orderId);
    if (row === undefined) throw new Error('inventory_reserve left a request without verdict');
    return {
      verdict: row.verdict,
      subject: row.subject,
      lines: row.lines ?? [],
      expireTimeMs: row.expire_time?.getTime(),
    };
  });
}
