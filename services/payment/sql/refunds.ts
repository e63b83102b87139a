import type { Money } from '#runtime/money.ts';
import type { Queryable } from '#runtime/pg.ts';
import type { ProviderName } from '../domain/payment.ts';

/** Money to give back, taken by this process for a while. */
export interface ClaimedRefund {
  readonly id: string;
  readonly provider: ProviderName;
  readonly ref: string;
  readonly txnId: string;
  readonly amount: Money;
  readonly reason: string;
  readonly providerRefundId: string | undefined;
  readonly accepted: boolean;
  readonly attempts: number;
}

interface Row {
  readonly id: string;
  readonly provider: ProviderName;
  readonly provider_ref: string;
  readonly provider_txn_id: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly provider_refund_id: string | null;
  readonly accepted: boolean;
  readonly attempts: number;
}

/** Due refunds (of one payment when given), each handed to one replica; the next try is planned: 10 s, doubling to 1 h. */
export async function claimRefunds(
  db: Queryable,
  limit: number,
  paymentId?: string,
): Promise<readonly ClaimedRefund[]> {
  const { rows } = await db.query<Row>(
    `WITH due AS (
       SELECT id FROM refunds
       WHERE state = 'PENDING' AND next_attempt_time <= clock_timestamp() AND ($2::uuid IS NULL OR payment_id = $2)
       ORDER BY next_attempt_time LIMIT $1 FOR UPDATE SKIP LOCKED)
     UPDATE refunds r SET attempts = r.attempts + 1,
            next_attempt_time = clock_timestamp() + least(3600, 10 * 2 ^ least(r.attempts, 12)) * interval '1 second'
     FROM due, transactions t
     WHERE r.id = due.id AND t.id = r.transaction_id
     RETURNING r.id, t.provider, t.provider_ref, t.provider_txn_id, r.amount_minor, t.currency, r.reason, r.provider_refund_id,
               r.accepted_time IS NOT NULL AS accepted, r.attempts`,
    [limit, paymentId ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    ref: row.provider_ref,
    txnId: row.provider_txn_id,
    amount: { amountMinor: row.amount_minor, currency: row.currency },
    reason: row.reason,
    providerRefundId: row.provider_refund_id ?? undefined,
    accepted: row.accepted,
    attempts: row.attempts,
  }));
}

/** Fixes the provider's key of a refund before the first call; returns the one that counts. */
export async function keepRefundId(db: Queryable, id: string, providerRefundId: string): Promise<string> {
  const { rows } = await db.query<{ kept: string }>(
    'UPDATE refunds SET provider_refund_id = coalesce(provider_refund_id, $2) WHERE id = $1 RETURNING provider_refund_id AS kept',
    [id, providerRefundId],
  );
  return rows[0]?.kept ?? providerRefundId;
}

/** The next try gets an id of its own. */
export async function dropRefundId(db: Queryable, id: string, spent: string): Promise<void> {
  await db.query(
    'UPDATE refunds SET provider_refund_id = NULL, accepted_time = NULL WHERE id = $1 AND provider_refund_id = $2',
    [id, spent],
  );
}

/** From now on the provider is only asked what became of it. */
export async function refundAccepted(db: Queryable, id: string): Promise<void> {
  await db.query('UPDATE refunds SET accepted_time = coalesce(accepted_time, clock_timestamp()) WHERE id = $1', [id]);
}

export async function refundDone(db: Queryable, id: string): Promise<void> {
  await db.query('SELECT payment_refund_done($1)', [id]);
}

export async function refundNotYet(db: Queryable, id: string, why: string): Promise<void> {
  await db.query('UPDATE refunds SET last_error = $2 WHERE id = $1', [id, why]);
}

export interface WaitingRefunds {
  readonly count: number;
  /** Age of the oldest that no provider has taken: an alarm above some minutes. */
  readonly oldestSeconds: number;
  /** How long the oldest has been at its provider: an alarm above some days. */
  readonly atProviderSeconds: number;
}

export async function waitingRefunds(db: Queryable): Promise<WaitingRefunds> {
  const { rows } = await db.query<WaitingRefunds>(
    `SELECT count(*)::int AS count,
            coalesce(extract(epoch FROM clock_timestamp() - min(create_time) FILTER (WHERE accepted_time IS NULL)), 0)::float8
              AS "oldestSeconds",
            coalesce(extract(epoch FROM clock_timestamp() - min(accepted_time)), 0)::float8 AS "atProviderSeconds"
     FROM refunds WHERE state = 'PENDING'`,
  );
  return rows[0] ?? { count: 0, oldestSeconds: 0, atProviderSeconds: 0 };
}
