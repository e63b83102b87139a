import type { Queryable } from '#runtime/pg.ts';
import type { Payment } from '../domain/payment.ts';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from './payment-row.ts';

/**
 * Takes payments whose time to be looked at has come and plans their next look: 10 s, doubling to 5 min. Any number of
 * replicas may ask; each payment goes to one of them.
 */
export async function claimChecks(db: Queryable, limit: number): Promise<readonly Payment[]> {
  const { rows } = await db.query<PaymentRow>(
    `UPDATE payments p SET check_count = p.check_count + 1,
            check_time = clock_timestamp() + least(300, 10 * 2 ^ least(p.check_count, 6)) * interval '1 second'
     WHERE p.id IN (SELECT id FROM payments WHERE check_time <= clock_timestamp() ORDER BY check_time LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING ${PAYMENT_COLUMNS}`,
    [limit],
  );
  return rows.map(toPayment);
}

/** No more looks: nothing more can come. A payment that came to another state meanwhile has its own plan. */
export async function endChecks(db: Queryable, { id, state }: Pick<Payment, 'id' | 'state'>): Promise<void> {
  await db.query('UPDATE payments SET check_time = NULL WHERE id = $1 AND state = $2', [id, state]);
}

/** No more looks but one, when nothing more should come: the reconciliation calls a link over 15 minutes after its end. */
export async function planLastCheck(db: Queryable, { id, state }: Pick<Payment, 'id' | 'state'>): Promise<void> {
  await db.query("UPDATE payments SET check_time = expire_time + interval '16 minutes' WHERE id = $1 AND state = $2", [
    id,
    state,
  ]);
}

/** Plans a look in `afterMs`, unless one comes sooner; none once the money is there. */
export async function planCheck(db: Queryable, orderId: string, afterMs: number): Promise<void> {
  await db.query(
    `UPDATE payments SET check_time = least(coalesce(check_time, 'infinity'), clock_timestamp() + $2 * interval '1 millisecond')
     WHERE order_id = $1 AND state = 'PENDING' AND provider <> 'rehearsal' AND provider_ref IS NOT NULL`,
    [orderId, afterMs],
  );
}
