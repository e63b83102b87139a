import type { Queryable } from '#runtime/pg.ts';

/** The counters of one class beside the sums of the reservations that they must equal. */
export interface ClassLedger {
  readonly ticketClassId: string;
  readonly name: string;
  readonly total: number;
  readonly reservedCounter: number;
  readonly reservedLedger: number;
  readonly soldCounter: number;
  readonly soldLedger: number;
  readonly oversold: number;
}

/** One statement, hence one snapshot: a difference is a fault, never a race. Rehearsal classes are left out. */
export async function readLedger(db: Queryable, eventId: string): Promise<readonly ClassLedger[]> {
  const { rows } = await db.query<ClassLedger>(
    `SELECT c.id AS "ticketClassId", c.name, c.total,
            c.reserved AS "reservedCounter", coalesce(l.reserved, 0)::integer AS "reservedLedger",
            c.sold AS "soldCounter", coalesce(l.sold, 0)::integer AS "soldLedger",
            greatest(0, greatest(c.reserved + c.sold, coalesce(l.reserved, 0) + coalesce(l.sold, 0)) - c.total)::integer AS oversold
     FROM ticket_classes c
     LEFT JOIN (SELECT l.ticket_class_id,
                       sum(l.quantity) FILTER (WHERE r.state = 'HELD') AS reserved,
                       sum(l.quantity) FILTER (WHERE r.state = 'CONFIRMED') AS sold
                FROM reservations r JOIN reservation_lines l ON l.order_id = r.order_id
                WHERE r.event_id = $1 AND r.state IN ('HELD', 'CONFIRMED')
                GROUP BY l.ticket_class_id) l ON l.ticket_class_id = c.id
     WHERE c.event_id = $1 AND NOT c.rehearsal
     ORDER BY c.position, c.name`,
    [eventId],
  );
  return rows;
}
