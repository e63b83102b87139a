import type { Pool } from 'pg';
import type { Logger } from '#runtime/log.ts';
import { activeTrace, runInTrace } from '#runtime/trace-context.ts';
import { openSpan } from '#runtime/tracing.ts';
import type { AppliedEvent } from './webhook.ts';

/**
 * One verified callback into the payment database; returns the verdict. The provider knows nothing of our traces, so the work
 * is put into the trace that the payment remembers, beside that of the call itself.
 */
export async function applyCallback(pool: Pool, event: AppliedEvent, log: Logger): Promise<string> {
  const startMs = Date.now();
  const { rows } = await pool.query<{ verdict: string; traceparent: string | null }>({
    name: 'payment-apply-event',
    text: `SELECT applied.verdict, payments.traceparent
           FROM payment_apply_event($1, $2, $3, $4, $5, $6, $7, $8, $9) AS applied
           LEFT JOIN payments ON payments.id = applied.payment_id`,
    values: [
      event.provider,
      event.providerRef,
      event.kind,
      event.providerTxnId,
      event.amountMinor?.toString() ?? null,
      event.currency,
      event.reason,
      'webhook',
      event.raw,
    ],
  });
  const [row] = rows;
  const verdict = row?.verdict ?? 'NONE';
  const parent = row?.traceparent ?? activeTrace();
  const { provider, providerRef: provider_ref } = event;
  const span = openSpan('payment callback', {
    ...{ kind: 'server', parent, link: activeTrace(), startMs },
    attributes: { provider, provider_ref, verdict },
  });
  runInTrace(span.traceparent, () => log.info({ provider, provider_ref, verdict }, 'callback applied'));
  span.end();
  return verdict;
}
