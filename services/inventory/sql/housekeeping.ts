import type { Queryable } from '#runtime/pg.ts';

/** Frees holds that ended in classes without traffic of their own; returns how many. Safe in many replicas at once. */
export async function sweepHolds(db: Queryable, limit: number): Promise<number> {
  const { rows } = await db.query<{ freed: number }>('SELECT inventory_sweep($1) AS freed', [limit]);
  return rows[0]?.freed ?? 0;
}

/** Seconds by which the oldest hold that should be free is overdue; 0 when there is none. */
export async function oldestOverdueHoldSeconds(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ seconds: number }>(
    `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(expire_time)), 0)::float8 AS seconds
     FROM reservations WHERE state = 'HELD' AND expire_time <= clock_timestamp()`,
  );
  return rows[0]?.seconds ?? 0;
}

/** Adds a point to the sale's curve for each class whose counters changed, at most one per `everyMs` whoever asks. */
export async function takeSnapshots(db: Queryable, everyMs: number): Promise<number> {
  const { rowCount } = await db.query(
    `INSERT INTO inventory_snapshots (ticket_class_id, snapshot_time, total, reserved, sold)
     SELECT c.id, to_timestamp(floor(extract(epoch FROM clock_timestamp()) * 1000 / $1) * $1 / 1000.0), c.total, c.reserved, c.sold
     FROM ticket_classes c
     LEFT JOIN LATERAL (SELECT s.total, s.reserved, s.sold FROM inventory_snapshots s
                        WHERE s.ticket_class_id = c.id ORDER BY s.snapshot_time DESC LIMIT 1) s ON true
     WHERE NOT c.rehearsal AND (s.total IS NULL OR (s.total, s.reserved, s.sold) <> (c.total, c.reserved, c.sold))
     ON CONFLICT DO NOTHING`,
    [everyMs],
  );
  return rowCount ?? 0;
}

/**
 * Takes away points older than `keepMs`, at most `limit` of them; returns how many. The latest of a class stays: the next one is
 * compared with it.
 */
export async function pruneSnapshots(db: Queryable, keepMs: number, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM inventory_snapshots WHERE ctid = ANY (ARRAY(
       SELECT s.ctid FROM inventory_snapshots s
       WHERE s.snapshot_time < clock_timestamp() - $1 * interval '1 millisecond'
         AND EXISTS (SELECT FROM inventory_snapshots n
                     WHERE n.ticket_class_id = s.ticket_class_id AND n.snapshot_time > s.snapshot_time)
       ORDER BY s.snapshot_time LIMIT $2 FOR UPDATE SKIP LOCKED))`,
    [keepMs, limit],
  );
  return rowCount ?? 0;
}
