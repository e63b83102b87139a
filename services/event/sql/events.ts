import { ID_NAMESPACE } from '#proto/names.ts';
import { uuidV5 } from '#runtime/ids.ts';
import { oneRow, type PoolClient, type Queryable } from '#runtime/pg.ts';
import type { EventContent, EventStateName, StoredEvent, TicketType, Venue } from '../event.ts';

interface Row {
  id: string;
  name: string;
  description: string;
  venue_name: string | null;
  address: string;
  city: string;
  country: string;
  start_time: Date | null;
  pre_queue_time: Date | null;
  open_time: Date | null;
  close_time: Date | null;
  time_zone: string;
  state: EventStateName;
  organiser_id: string;
  create_time: Date;
  update_time: Date;
  ticket_types: { name: string; description: string; priceMinor: string; currency: string; maxPerOrder: number }[];
}

const SELECT = `
  SELECT e.id, e.name, e.description, e.start_time, e.pre_queue_time, e.open_time, e.close_time, e.time_zone, e.state,
         e.organiser_id, e.create_time, e.update_time, v.name AS venue_name, v.address, v.city, v.country,
         coalesce((SELECT json_agg(json_build_object('name', t.name, 'description', t.description,
                     'priceMinor', t.price_minor::text, 'currency', t.currency, 'maxPerOrder', t.max_per_order)
                     ORDER BY t.position)
                     FROM ticket_types t WHERE t.event_id = e.id), '[]') AS ticket_types
    FROM events e LEFT JOIN venues v ON v.id = e.venue_id`;

export async function findEvent(db: Queryable, id: string): Promise<StoredEvent | undefined> {
  const row = oneRow(await db.query<Row>(`${SELECT} WHERE e.id = $1`, [id]));
  return row && parse(row);
}

/** Holds the event until the transaction ends; also keeps two creators of one id apart. */
export async function lockEvent(tx: PoolClient, id: string): Promise<StoredEvent | undefined> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`event/${id}`]);
  return await findEvent(tx, id);
}

/** Where a list goes on: after this event in the order newest first. */
export interface Cursor {
  readonly createMicros: string;
  readonly id: string;
}

export interface ListFilter {
  readonly state: EventStateName | undefined;
  readonly organiserId: string | undefined;
  readonly updatedAfterMs?: number | undefined;
  readonly after: Cursor | undefined;
  readonly limit: number;
}

export async function listEvents(
  db: Queryable,
  filter: ListFilter,
): Promise<readonly { readonly event: StoredEvent; readonly cursor: Cursor }[]> {
  // Microseconds: a Date would drop digits and pages would repeat or skip rows.
  const rows = await db.query<Row & { create_micros: string }>(
    `SELECT page.*, (extract(epoch FROM page.create_time) * 1000000)::bigint::text AS create_micros
       FROM (${SELECT}
        WHERE ($1::text IS NULL OR e.state = $1) AND ($2::text IS NULL OR e.organiser_id = $2)
          AND ($6::timestamptz IS NULL OR e.update_time > $6)
          AND ($3::bigint IS NULL OR ((extract(epoch FROM e.create_time) * 1000000)::bigint, e.id) < ($3, $4::uuid))
        ORDER BY e.create_time DESC, e.id DESC LIMIT $5) page`,
    [
      filter.state ?? null,
      filter.organiserId ?? null,
      filter.after?.createMicros ?? null,
      filter.after?.id ?? null,
      filter.limit,
      date(filter.updatedAfterMs),
    ],
  );
  return rows.rows.map((row) => ({ event: parse(row), cursor: { createMicros: row.create_micros, id: row.id } }));
}

export async function writeEvent(tx: PoolClient, content: EventContent, state: EventStateName): Promise<void> {
  const venueId = content.venue && (await ensureVenue(tx, content.venue));
  await tx.query(
    `INSERT INTO events (id, name, description, venue_id, start_time, pre_queue_time, open_time, close_time, time_zone,
                         state, organiser_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (id) DO UPDATE SET name = $2, description = $3, venue_id = $4, start_time = $5, pre_queue_time = $6,
       open_time = $7, close_time = $8, time_zone = $9, state = $10, organiser_id = $11, update_time = now()`,
    [
      content.id,
      content.name,
      content.description,
      venueId ?? null,
      date(content.startMs),
      date(content.sale?.preQueueMs),
      date(content.sale?.openMs),
      date(content.sale?.closeMs),
      content.sale?.timeZone ?? '',
      state,
      content.organiserId,
    ],
  );
  await tx.query('DELETE FROM ticket_types WHERE event_id = $1', [content.id]);
  for (const [position, type] of content.ticketTypes.entries()) await insertType(tx, content.id, type, position);
}

export async function setState(tx: PoolClient, id: string, state: EventStateName, reason?: string): Promise<void> {
  await tx.query(
    'UPDATE events SET state = $2, cancel_reason = coalesce($3, cancel_reason), update_time = now() WHERE id = $1',
    [id, state, reason ?? null],
  );
}

async function insertType(tx: PoolClient, eventId: string, type: TicketType, position: number): Promise<void> {
  await tx.query(
    `INSERT INTO ticket_types (event_id, name, description, price_minor, currency, max_per_order, position)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [eventId, type.name, type.description, type.price.amountMinor, type.price.currency, type.maxPerOrder, position],
  );
}

/** The same place has the same id, so two events at once never fight over who names it. */
async function ensureVenue(tx: PoolClient, venue: Venue): Promise<string> {
  const id = uuidV5(ID_NAMESPACE, `venue/${JSON.stringify([venue.name, venue.address, venue.city, venue.country])}`);
  await tx.query(
    'INSERT INTO venues (id, name, address, city, country) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
    [id, venue.name, venue.address, venue.city, venue.country],
  );
  return id;
}

const date = (ms: number | undefined) => (ms === undefined ? null : new Date(ms));

function parse(row: Row): StoredEvent {
  const { pre_queue_time, open_time, close_time, time_zone } = row;
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    venue:
      row.venue_name === null
        ? undefined
        : { name: row.venue_name, address: row.address, city: row.city, country: row.country },
    startMs: row.start_time?.getTime(),
    ticketTypes: row.ticket_types.map(({ name, description, priceMinor, currency, maxPerOrder }) => ({
      name,
      description,
      price: { amountMinor: BigInt(priceMinor), currency },
      maxPerOrder,
    })),
    sale:
      pre_queue_time && open_time && close_time
        ? {
            preQueueMs: pre_queue_time.getTime(),
            openMs: open_time.getTime(),
            closeMs: close_time.getTime(),
            timeZone: time_zone,
          }
        : undefined,
    organiserId: row.organiser_id,
    state: row.state,
    createMs: row.create_time.getTime(),
    updateMs: row.update_time.getTime(),
  };
}
