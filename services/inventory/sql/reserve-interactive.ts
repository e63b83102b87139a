import { type Pool, type PoolClient, withTransaction } from '#runtime/pg.ts';
import type { HeldLine, ReserveAnswer, ReserveCommand } from '../domain/reservation.ts';
import { type ReservedBatch, reserveBatch } from './reserve-batch.ts';

interface ClassRow {
  readonly id: string;
  readonly event_id: string;
  readonly name: string;
  readonly price_minor: string;
  readonly currency: string;
  readonly rehearsal: boolean;
  readonly available: number;
  readonly max_per_order: number;
  readonly max_per_account: number;
}

/**
 * The plain way, for comparison (RESERVE_MODE=per-request): one transaction per request that locks its classes with
 * SELECT ... FOR UPDATE and keeps them locked over four more round trips: reservation, lines, counters, commit. Same
 * verdicts and same rows as `reserveBatch`: whatever it does not grant (sold out, an order id seen before, a limit, ended
 * holds in the way) takes that path under the same locks.
 */
export async function reserveInteractive(
  pool: Pool,
  command: ReserveCommand,
  nowMs: () => number,
): Promise<ReservedBatch> {
  const askedAt = nowMs();
  let lockMs = 0;
  const answer = await withTransaction(pool, (client) =>
    reserveLocked(client, command, () => {
      lockMs = nowMs() - askedAt;
    }),
  );
  return { answers: [answer], lockMs };
}

async function reserveLocked(client: PoolClient, command: ReserveCommand, onLock: () => void): Promise<ReserveAnswer> {
  const ids = Object.keys(command.lines).sort();
  const { rows: classes } = await client.query<ClassRow>({
    name: 'lock_classes',
    text: `SELECT id, event_id, name, price_minor::text, currency, rehearsal, CASE WHEN cancelled THEN 0 ELSE total - reserved - sold END AS available,
                  max_per_order, max_per_account
           FROM ticket_classes WHERE id = ANY ($1) ORDER BY id FOR UPDATE`,
    values: [ids],
  });
  onLock();
  const lines: HeldLine[] = [];
  for (const id of ids) {
    const quantity = command.lines[id] ?? 0;
    const row = classes.find((candidate) => candidate.id === id);
    const fits =
      row !== undefined &&
      row.event_id === command.eventId &&
      row.rehearsal === command.rehearsal &&
      row.currency === (lines[0]?.currency ?? row.currency) &&
      quantity <= row.max_per_order &&
      (row.max_per_account === 0 || quantity + (await owned(client, command, id)) <= row.max_per_account) &&
      quantity <= row.available;
    if (!fits) return await notGranted(client, command);
    lines.push({ id, name: row.name, quantity, priceMinor: row.price_minor, currency: row.currency });
  }
  const made = await client.query({
    name: 'hold',
    text: `INSERT INTO reservations (order_id, event_id, user_id, state, rehearsal, expire_time)
           SELECT $1, $2, $3, 'HELD', $4, $5 WHERE $5::timestamptz > clock_timestamp() ON CONFLICT DO NOTHING`,
    values: [command.orderId, command.eventId, command.userId, command.rehearsal, command.expireTime],
  });
  if (made.rowCount === 0) return await notGranted(client, command);
  await client.query({
    name: 'hold_lines',
    text: `INSERT INTO reservation_lines (order_id, ticket_class_id, quantity, unit_price_minor, currency)
           SELECT $1, * FROM unnest($2::uuid[], $3::integer[], $4::bigint[], $5::text[])`,
    values: [
      command.orderId,
      lines.map(({ id }) => id),
      lines.map(({ quantity }) => quantity),
      lines.map(({ priceMinor }) => priceMinor),
      lines.map(({ currency }) => currency),
    ],
  });
  // The outbox row rides on the update: one round trip less than the plain way would take.
  await client.query({
    name: 'count_holds',
    text: `WITH counted AS (
             UPDATE ticket_classes c SET reserved = c.reserved + l.quantity, update_time = clock_timestamp()
             FROM unnest($2::uuid[], $3::integer[]) AS l(id, quantity) WHERE c.id = l.id)
           SELECT outbox_add('inventory.reserved:' || $1 || ':0', 'inventory.reserved', $1, $4) WHERE $5`,
    values: [
      command.orderId,
      lines.map(({ id }) => id),
      lines.map(({ quantity }) => quantity),
      JSON.stringify({
        orderId: command.orderId,
        eventId: command.eventId,
        lines: lines.map(({ id, quantity }) => ({ ticketClassId: id, quantity })),
        expireTime: command.expireTime,
      }),
      !command.rehearsal,
    ],
  });
  lines.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { verdict: 'RESERVED', subject: '', lines, expireTimeMs: Date.parse(command.expireTime) };
}

async function owned(client: PoolClient, { eventId, userId }: ReserveCommand, classId: string): Promise<number> {
  const { rows } = await client.query<{ quantity: number }>({
    name: 'owned',
    text: `SELECT coalesce(sum(l.quantity), 0)::integer AS quantity
           FROM reservations r JOIN reservation_lines l ON l.order_id = r.order_id AND l.ticket_class_id = $3
           WHERE r.event_id = $1 AND r.user_id = $2 AND r.state IN ('HELD', 'CONFIRMED')`,
    values: [eventId, userId, classId],
  });
  return rows[0]?.quantity ?? 0;
}

/** Nothing was written yet. Says why, or grants all the same what a retry or an ended hold has a right to. */
async function notGranted(client: PoolClient, command: ReserveCommand): Promise<ReserveAnswer> {
  const { answers } = await reserveBatch(client, [command]);
  return answers[0] as ReserveAnswer; // one in, one out
}
