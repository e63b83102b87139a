import { type Pool, type PoolClient, withTransaction } from '#runtime/pg.ts';
import type { ReserveAnswer, ReserveCommand } from '../domain/reservation.ts';
import { reserveBatch } from './reserve-batch.ts';

interface ClassRow {
  readonly id: string;
  readonly event_id: string;
  readonly rehearsal: boolean;
  readonly available: number;
  readonly max_per_order: number;
  readonly max_per_account: number;
}

/**
 * The plain way, for comparison (RESERVE_MODE=per-request): one transaction per request that locks the classes with
 * SELECT ... FOR UPDATE and keeps them locked over five more round trips. Same verdicts as `reserveBatch`. Order ids that
 * were seen before take the batch's path.
 */
export function reserveInteractive(pool: Pool, command: ReserveCommand): Promise<ReserveAnswer> {
  return withTransaction(pool, (client) => reserveLocked(client, command));
}

async function reserveLocked(client: PoolClient, command: ReserveCommand): Promise<ReserveAnswer> {
  const ids = Object.keys(command.lines).sort();
  const known = await client.query('SELECT FROM reservations WHERE order_id = $1', [command.orderId]);
  if (known.rowCount !== 0) return (await reserveBatch(client, [command]))[0] as ReserveAnswer; // one in, one out

  const locked = await client.query<{ id: string }>(
    'SELECT id FROM ticket_classes WHERE id = ANY ($1) ORDER BY id FOR UPDATE',
    [ids],
  );
  await client.query('SELECT inventory_expire($1, clock_timestamp())', [locked.rows.map(({ id }) => id)]);
  const { rows: classes } = await client.query<ClassRow>(
    `SELECT id, event_id, rehearsal, total - reserved - sold AS available, max_per_order, max_per_account
     FROM ticket_classes WHERE id = ANY ($1)`,
    [ids],
  );
  const refused = (verdict: ReserveAnswer['verdict'], subject: string) => ({
    verdict,
    subject,
    lines: [],
    expireTimeMs: undefined,
  });
  for (const id of ids) {
    const quantity = command.lines[id] ?? 0;
    const row = classes.find((candidate) => candidate.id === id);
    if (row === undefined || row.event_id !== command.eventId || row.rehearsal !== command.rehearsal)
      return refused('UNKNOWN_CLASS', id);
    if (quantity > row.max_per_order) return refused('LIMIT_EXCEEDED', id);
    if (row.max_per_account > 0) {
      const { rows } = await client.query<{ held: string }>(
        `SELECT coalesce(sum(l.quantity), 0) AS held FROM reservations r JOIN reservation_lines l USING (order_id)
         WHERE r.event_id = $1 AND r.user_id = $2 AND r.state IN ('HELD', 'CONFIRMED') AND l.ticket_class_id = $3`,
        [command.eventId, command.userId, id],
      );
      if (quantity + Number(rows[0]?.held) > row.max_per_account) return refused('LIMIT_EXCEEDED', id);
    }
    if (quantity > row.available) return refused('SOLD_OUT', id);
  }
  await client.query(
    "INSERT INTO reservations (order_id, event_id, user_id, state, rehearsal, expire_time) VALUES ($1, $2, $3, 'HELD', $4, $5)",
    [command.orderId, command.eventId, command.userId, command.rehearsal, command.expireTime],
  );
  for (const [id, quantity] of Object.entries(command.lines)) {
    await client.query(
      `INSERT INTO reservation_lines (order_id, ticket_class_id, quantity, unit_price_minor, currency)
       SELECT $1, id, $3, price_minor, currency FROM ticket_classes WHERE id = $2`,
      [command.orderId, id, quantity],
    );
    await client.query(
      'UPDATE ticket_classes SET reserved = reserved + $2, update_time = clock_timestamp() WHERE id = $1',
      [id, quantity],
    );
  }
  if (!command.rehearsal) {
    const data = {
      orderId: command.orderId,
      eventId: command.eventId,
      lines: Object.entries(command.lines).map(([ticketClassId, quantity]) => ({ ticketClassId, quantity })),
      expireTime: command.expireTime,
    };
    await client.query("SELECT outbox_add('inventory.reserved:' || $1 || ':0', 'inventory.reserved', $1, $2)", [
      command.orderId,
      JSON.stringify(data),
    ]);
  }
  return (await reserveBatch(client, [command]))[0] as ReserveAnswer; // reads back what was held, in the same transaction
}
