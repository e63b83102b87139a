import type { Queryable } from '#runtime/pg.ts';

export const UNEXPLAINED = ['UNKNOWN', 'CURRENCY_MISMATCH'] as const;

/**
 * Transactions that brought money which counts for nothing and which nobody has explained, by verdict. Left out is what PayOS sends
 * when a webhook is registered: its published sample, of order 123, which is below all of ours.
 */
export async function unexplainedMoney(db: Queryable): Promise<Readonly<Record<(typeof UNEXPLAINED)[number], number>>> {
  const { rows } = await db.query<{ verdict: (typeof UNEXPLAINED)[number]; count: number }>(
    `SELECT verdict, count(*)::int AS count FROM transactions
     WHERE kind = 'captured' AND verdict IN ('UNKNOWN', 'CURRENCY_MISMATCH') AND explanation IS NULL
       AND NOT (provider = 'payos' AND provider_ref = '123')
     GROUP BY verdict`,
  );
  return {
    UNKNOWN: 0,
    CURRENCY_MISMATCH: 0,
    ...Object.fromEntries(rows.map(({ verdict, count }) => [verdict, count])),
  };
}
