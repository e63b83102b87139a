import { type Pool, type Queryable, withTransaction } from '#runtime/pg.ts';

/** From the commit on nothing of the event is held any more. Repeating it closes classes that were made meanwhile. */
export function cancelEvent(pool: Pool, eventId: string): Promise<void> {
  return withTransaction(pool, async (tx) => {
    await tx.query('INSERT INTO cancelled_events (event_id) VALUES ($1) ON CONFLICT DO NOTHING', [eventId]);
    // By id, like everybody who locks classes.
    await tx.query('SELECT FROM ticket_classes WHERE event_id = $1 AND NOT cancelled ORDER BY id FOR UPDATE', [
      eventId,
    ]);
    await tx.query(
      'UPDATE ticket_classes SET cancelled = true, update_time = clock_timestamp() WHERE event_id = $1 AND NOT cancelled',
      [eventId],
    );
  });
}

/** Orders that have stock of an event, held or sold, in the order of their ids after `after`. Rehearsals are left out. */
export async function ordersWithStock(
  db: Queryable,
  eventId: string,
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    `SELECT order_id FROM reservations
     WHERE event_id = $1 AND state IN ('HELD', 'CONFIRMED') AND NOT rehearsal AND ($2::uuid IS NULL OR order_id > $2)
     ORDER BY order_id LIMIT $3`,
    [eventId, after ?? null, limit],
  );
  return rows.map((row) => row.order_id);
}
