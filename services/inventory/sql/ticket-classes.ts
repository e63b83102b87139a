import type { Queryable } from '#runtime/pg.ts';
import type { TicketClass } from '../domain/ticket-class.ts';

interface Row {
  readonly id: string;
  readonly event_id: string;
  readonly name: string;
  readonly price_minor: string;
  readonly currency: string;
  readonly total: number;
  readonly reserved: number;
  readonly sold: number;
  readonly max_per_order: number;
  readonly max_per_account: number;
  readonly rehearsal: boolean;
}

const COLUMNS =
  'id, event_id, name, price_minor::text, currency, total, reserved, sold, max_per_order, max_per_account, rehearsal';

/**
 * Creates or brings up to date all classes of one event in one statement; the counters stay. The CHECK never_oversold
 * refuses a total below what is held or sold (SQLSTATE 23514), and then nothing has changed. Nothing changes and nothing is
 * returned, either, when one of the ids belongs to another event.
 */
export async function upsertTicketClasses(
  db: Queryable,
  eventId: string,
  classes: readonly Omit<TicketClass, 'eventId' | 'reserved' | 'sold'>[],
): Promise<readonly TicketClass[]> {
  // By id: concurrent upserts take their row locks in the same order as everybody else.
  const sorted = classes.map((item, position) => ({ ...item, position })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { rows } = await db.query<Row>(
    `INSERT INTO ticket_classes AS c (id, event_id, name, price_minor, currency, total, max_per_order, max_per_account, rehearsal, position, cancelled)
     SELECT (e ->> 'id')::uuid, $1, e ->> 'name', (e ->> 'priceMinor')::bigint, e ->> 'currency', (e ->> 'total')::integer,
            (e ->> 'maxPerOrder')::integer, (e ->> 'maxPerAccount')::integer, (e ->> 'rehearsal')::boolean, (e ->> 'position')::integer,
            EXISTS (SELECT FROM cancelled_events x WHERE x.event_id = $1)
     FROM jsonb_array_elements($2::jsonb) e
     WHERE NOT EXISTS (SELECT FROM ticket_classes f JOIN jsonb_array_elements($2::jsonb) w ON f.id = (w ->> 'id')::uuid
                       WHERE f.event_id <> $1)
     ON CONFLICT (id) DO UPDATE SET
       price_minor = excluded.price_minor, currency = excluded.currency, total = excluded.total,
       max_per_order = excluded.max_per_order, max_per_account = excluded.max_per_account, position = excluded.position, update_time = clock_timestamp()
     WHERE c.event_id = excluded.event_id
     RETURNING ${COLUMNS}`,
    [
      eventId,
      JSON.stringify(
        sorted.map((item) => ({
          ...item,
          priceMinor: item.price.amountMinor.toString(),
          currency: item.price.currency,
          price: undefined,
        })),
      ),
    ],
  );
  return rows.map(toTicketClass);
}

/** The classes of an event in a stable order, with live counters. */
export async function listTicketClasses(db: Queryable, eventId: string): Promise<readonly TicketClass[]> {
  const { rows } = await db.query<Row>({
    name: 'list_ticket_classes',
    text: `SELECT ${COLUMNS} FROM ticket_classes WHERE event_id = $1 ORDER BY position, name`,
    values: [eventId],
  });
  return rows.map(toTicketClass);
}

/** What could be held now, per class: holds past their time count as free already; of a cancelled event nothing can. */
export async function readAvailability(
  db: Queryable,
  eventId: string,
): Promise<readonly { readonly class: TicketClass; readonly available: number }[]> {
  const { rows } = await db.query<Row & { readonly available: number }>({
    name: 'read_availability',
    text: `SELECT ${COLUMNS}, CASE WHEN cancelled THEN 0 ELSE greatest(0, total - sold - reserved + coalesce((
             SELECT sum(l.quantity) FROM reservations r JOIN reservation_lines l ON l.order_id = r.order_id
             WHERE r.state = 'HELD' AND r.expire_time <= clock_timestamp() AND l.ticket_class_id = c.id), 0)) END::integer AS available
           FROM ticket_classes c WHERE event_id = $1 AND NOT rehearsal ORDER BY position, name`,
    values: [eventId],
  });
  return rows.map((row) => ({ class: toTicketClass(row), available: row.available }));
}

function toTicketClass(row: Row): TicketClass {
  return {
    id: row.id,
    eventId: row.event_id,
    name: row.name,
    price: { amountMinor: BigInt(row.price_minor), currency: row.currency },
    total: row.total,
    reserved: row.reserved,
    sold: row.sold,
    maxPerOrder: row.max_per_order,
    maxPerAccount: row.max_per_account,
    rehearsal: row.rehearsal,
  };
}
