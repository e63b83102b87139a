import type { Logger } from '#runtime/log.ts';
import type { Pool } from '#runtime/pg.ts';
import type { LinkStatus, PaymentProvider } from '../providers/provider.ts';
import { applyEvent } from '../sql/apply-event.ts';
import type { Payment } from './payment.ts';

export interface RefreshDeps {
  readonly pool: Pool;
  readonly log: Logger;
}

/** Asks the provider about one link and books what it has received, as a webhook would have. Returns what it said. */
export async function refreshLink(
  { pool, log }: RefreshDeps,
  provider: PaymentProvider,
  payment: Payment,
  ref: string,
  signal: AbortSignal,
): Promise<LinkStatus> {
  const status = await provider.query(ref, signal);
  for (const money of status.received) {
    const verdict = await applyEvent(pool, {
      provider: provider.name,
      ref,
      kind: 'captured',
      txnId: money.txnId,
      amount: money.amount,
      source: 'query',
      raw: status.raw,
    });
    if (verdict !== 'DUPLICATE')
      log.info({ payment_id: payment.id, verdict, provider_ref: ref }, 'money found by query');
  }
  return status;
}
