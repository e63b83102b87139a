import { oneRow, type Pool, type Queryable, withTransaction } from '#runtime/pg.ts';
import { activeTrace } from '#runtime/trace-context.ts';
import type { CreatePaymentCommand, Payment } from '../domain/payment.ts';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from './payment-row.ts';

/**
 * Reserves the idempotency key, unless the time to pay is over: whoever comes second gets the first one's payment. undefined: the
 * order has another one, or it is too `late` for one. The database's clock judges: it is the one of all holds.
 */
export async function insertPayment(
  db: Queryable,
  id: string,
  command: CreatePaymentCommand,
): Promise<{ readonly payment: Payment | undefined; readonly late: boolean }> {
  const { rows } = await db.query<{ late: boolean }>(
    `WITH clock AS (SELECT $10::timestamptz <= clock_timestamp() AS late), made AS (
       INSERT INTO payments (id, idempotency_key, order_id, event_id, provider, description, return_url, amount_minor, currency, expire_time, hold_expire_time, traceparent)
       SELECT $1::uuid, $2, $3::uuid, $4::uuid, $5, $6, $7, $8::bigint, $9, $10::timestamptz, $11::timestamptz, $12 FROM clock WHERE NOT late
       ON CONFLICT DO NOTHING)
     SELECT late FROM clock`,
    [
      id,
      command.idempotencyKey,
      command.orderId,
      command.eventId,
      command.provider,
      command.description,
      command.returnUrl,
      command.amount.amountMinor,
      command.amount.currency,
      new Date(command.expireTimeMs),
      command.holdExpireTimeMs === undefined ? null : new Date(command.holdExpireTimeMs),
      activeTrace() ?? null,
    ],
  );
  return { payment: await findPayment(db, { idempotencyKey: command.idempotencyKey }), late: rows[0]?.late ?? false };
}

/** By whichever name the caller has. */
export async function findPayment(
  db: Queryable,
  by: { readonly id: string } | { readonly orderId: string } | { readonly idempotencyKey: string },
): Promise<Payment | undefined> {
  const [column, value] =
    'id' in by ? ['id', by.id] : 'orderId' in by ? ['order_id', by.orderId] : ['idempotency_key', by.idempotencyKey];
  const row = oneRow(
    await db.query<PaymentRow>(`SELECT ${PAYMENT_COLUMNS} FROM payments p WHERE p.${column} = $1`, [value]),
  );
  return row && toPayment(row);
}

/** A page of an event's payments, in the order of their ids, after `afterId`. */
export async function listPayments(
  db: Queryable,
  eventId: string,
  afterId: string | undefined,
  limit: number,
): Promise<readonly Payment[]> {
  const { rows } = await db.query<PaymentRow>(
    `SELECT ${PAYMENT_COLUMNS} FROM payments p WHERE p.event_id = $1 AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $3`,
    [eventId, afterId ?? null, limit],
  );
  return rows.map(toPayment);
}

/** Ends a payment that is still pending; partial money goes back. One that was captured meanwhile is left as it is. */
export function cancelPending(pool: Pool, orderId: string, reason: string): Promise<Payment | undefined> {
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<PaymentRow>(
      `UPDATE payments p SET state = 'CANCELLED', failure_reason = $2, update_time = clock_timestamp()
       WHERE p.order_id = $1 AND p.state = 'PENDING' RETURNING ${PAYMENT_COLUMNS}`,
      [orderId, reason],
    );
    const cancelled = rows[0];
    if (cancelled) await client.query("SELECT payment_schedule_full_refund($1, 'UNDERPAID')", [cancelled.id]);
    return cancelled ? toPayment(cancelled) : findPayment(client, { orderId });
  });
}

/** Schedules the return of all captured money. Repeating changes nothing; a payment without money is given back unchanged. */
export function startRefund(pool: Pool, orderId: string, reason: string): Promise<Payment | undefined> {
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<PaymentRow>(
      `UPDATE payments p SET state = 'REFUNDING', failure_reason = $2, update_time = clock_timestamp()
       WHERE p.order_id = $1 AND p.state = 'CAPTURED' RETURNING ${PAYMENT_COLUMNS}`,
      [orderId, reason],
    );
    const refunding = rows[0];
    if (refunding) await client.query('SELECT payment_schedule_full_refund($1, $2)', [refunding.id, reason]);
    return refunding ? toPayment(refunding) : findPayment(client, { orderId });
  });
}
