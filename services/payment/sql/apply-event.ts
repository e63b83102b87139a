import type { Queryable } from '#runtime/pg.ts';
import type { ProviderName } from '../domain/payment.ts';

/** What a provider told, as payment_apply_event takes it; README.md has the contract. */
export interface ProviderEvent {
  readonly provider: ProviderName;
  readonly ref: string;
  readonly kind: 'captured' | 'failed' | 'cancelled';
  readonly txnId?: string;
  readonly amount?: { readonly amountMinor: bigint; readonly currency: string };
  readonly reason?: string;
  readonly source: 'query' | 'create' | 'rehearsal';
  readonly raw: string;
}

/** Returns the verdict. */
export async function applyEvent(db: Queryable, event: ProviderEvent): Promise<string> {
  const { rows } = await db.query<{ verdict: string }>(
    'SELECT verdict FROM payment_apply_event($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [
      event.provider,
      event.ref,
      event.kind,
      event.txnId ?? null,
      event.amount?.amountMinor ?? null,
      event.amount?.currency ?? null,
      event.reason ?? null,
      event.source,
      event.raw,
    ],
  );
  return rows[0]?.verdict ?? 'UNKNOWN';
}
