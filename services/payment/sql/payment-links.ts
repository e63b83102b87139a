import { type Pool, type Queryable, withTransaction } from '#runtime/pg.ts';
import type { Payment } from '../domain/payment.ts';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from './payment-row.ts';

export type Attempt =
  /** Nothing to do: there is a link, or the payment is over. */
  | { readonly kind: 'settled'; readonly payment: Payment }
  /** Somebody else is at the provider right now. */
  | { readonly kind: 'busy' }
  /** The caller holds the attempt for `claimMs`. `earlierRefs` may have taken effect without our knowing. */
  | {
      readonly kind: 'started';
      readonly payment: Payment;
      readonly ref: string;
      readonly earlierRefs: readonly string[];
    };

type NewRef = (attempt: number, sequence: () => Promise<bigint>) => Promise<string>;

/** Writes the reference of a new attempt before anybody talks to the provider, unless another attempt is under way. */
export function startAttempt(pool: Pool, paymentId: string, claimMs: number, newRef: NewRef): Promise<Attempt> {
  return withTransaction(pool, async (client) => {
    const found = await client.query<PaymentRow>(
      `SELECT ${PAYMENT_COLUMNS} FROM payments p WHERE p.id = $1 FOR UPDATE`,
      [paymentId],
    );
    const row = found.rows[0];
    if (row === undefined) throw new Error(`payment ${paymentId} is not there`);
    const payment = toPayment(row);
    if (payment.state !== 'PENDING' || payment.paymentUrl !== undefined) return { kind: 'settled', payment };
    const links = await client.query<{ provider_ref: string; busy: boolean }>(
      'SELECT provider_ref, claim_until > clock_timestamp() AS busy FROM payment_links WHERE payment_id = $1 ORDER BY create_time',
      [paymentId],
    );
    if (links.rows.some(({ busy }) => busy)) return { kind: 'busy' };
    const ref = await newRef(links.rows.length + 1, async () => {
      const { rows } = await client.query<{ code: bigint }>("SELECT nextval('payos_order_code') AS code");
      return rows[0]?.code ?? 0n;
    });
    await client.query(
      `INSERT INTO payment_links (provider, provider_ref, payment_id, claim_until)
       VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')`,
      [payment.provider, ref, paymentId, claimMs],
    );
    await client.query(
      // Looked at later even if this process dies before it has the link.
      `UPDATE payments SET provider_ref = $2, update_time = clock_timestamp(),
              check_time = coalesce(check_time, clock_timestamp() + interval '1 minute') WHERE id = $1`,
      [paymentId, ref],
    );
    return {
      kind: 'started',
      payment: { ...payment, providerRef: ref },
      ref,
      earlierRefs: links.rows.map((link) => link.provider_ref),
    };
  });
}

/** Lets the next caller start an attempt at once. */
export async function endAttempt(db: Queryable, provider: string, ref: string): Promise<void> {
  await db.query('UPDATE payment_links SET claim_until = clock_timestamp() WHERE provider = $1 AND provider_ref = $2', [
    provider,
    ref,
  ]);
}

/** Keeps the link and plans the first look at the provider. A link that was told is never replaced. */
export async function storeLink(
  db: Queryable,
  link: {
    readonly paymentId: string;
    readonly ref: string;
    readonly url: string;
    readonly providerId: string | undefined;
    readonly checkAfterMs: number;
  },
): Promise<void> {
  await db.query(
    `WITH kept AS (
       UPDATE payments SET payment_url = $3, update_time = clock_timestamp(),
              -- A callback may be faster than the answer with the link: then the capture has planned the last look.
              check_time = CASE WHEN state = 'PENDING' THEN clock_timestamp() + $5 * interval '1 millisecond' ELSE check_time END
       WHERE id = $1 AND provider_ref = $2 AND payment_url IS NULL
       RETURNING id)
     UPDATE payment_links SET provider_id = $4, claim_until = clock_timestamp() WHERE payment_id = $1 AND provider_ref = $2`,
    [link.paymentId, link.ref, link.url, link.providerId ?? null, link.checkAfterMs],
  );
}

/** Every reference ever used for a payment, newest last. */
export async function linkRefs(db: Queryable, paymentId: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ provider_ref: string }>(
    'SELECT provider_ref FROM payment_links WHERE payment_id = $1 ORDER BY create_time',
    [paymentId],
  );
  return rows.map((row) => row.provider_ref);
}
