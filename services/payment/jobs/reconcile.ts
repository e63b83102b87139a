import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Pool } from '#runtime/pg.ts';
import type { Payment, RemoteProviderName } from '../domain/payment.ts';
import { refreshLink } from '../domain/refresh-payment.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import { applyEvent } from '../sql/apply-event.ts';
import { claimChecks, endChecks, planLastCheck } from '../sql/checks.ts';
import { linkRefs } from '../sql/payment-links.ts';

export interface ReconcileDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly providers: ReadonlyMap<RemoteProviderName, PaymentProvider>;
}

/** After the end of a link the provider may still be settling: only then its silence counts as no money. */
const GRACE_MS = 10 * 60_000;
/** ZaloPay's shortest link; ours may have been asked for with less. */
const SHORTEST_LINK_MS = 5 * 60_000;
const BATCH = 20;

/** Finds money whose callback never came, and ends payments whose time is over. Returns true when there may be more. */
export async function reconcile(deps: ReconcileDeps, signal: AbortSignal): Promise<boolean> {
  const due = await claimChecks(deps.pool, BATCH);
  const results = await Promise.allSettled(due.map((payment) => reconcileOne(deps, payment, signal)));
  for (const [index, result] of results.entries()) {
    if (result.status === 'rejected') {
      deps.log.warn(
        { err: result.reason, payment_id: due[index]?.id },
        'a payment could not be checked, trying again later',
      );
    }
  }
  return due.length === BATCH;
}

async function reconcileOne(deps: ReconcileDeps, payment: Payment, signal: AbortSignal): Promise<void> {
  const { pool, clock } = deps;
  const provider = payment.provider === 'rehearsal' ? undefined : deps.providers.get(payment.provider);
  if (provider === undefined) return;
  const over = clock.now() > payment.expireTimeMs + SHORTEST_LINK_MS + GRACE_MS;
  // Links whose answer was lost are looked at as well, once: at the end.
  const refs = over ? await linkRefs(pool, payment.id) : payment.providerRef === undefined ? [] : [payment.providerRef];
  let ended = true;
  let reason = 'EXPIRED';
  for (const ref of refs) {
    const status = await refreshLink(deps, provider, payment, ref, signal);
    if (status.state === 'open' && !over) ended = false;
    if (status.state === 'ended') reason = status.reason;
  }
  if (!ended) return;
  let { state } = payment;
  if (payment.state === 'PENDING' && payment.providerRef !== undefined) {
    // Loses against money: a payment that was captured meanwhile ignores it.
    const verdict = await applyEvent(pool, {
      provider: provider.name,
      ref: payment.providerRef,
      kind: 'failed',
      reason,
      source: 'query',
      raw: '',
    });
    if (verdict === 'FAILED') state = 'FAILED';
  }
  // A bank transfer may still come for a link that has ended.
  await (over ? endChecks : planLastCheck)(pool, { id: payment.id, state });
}
