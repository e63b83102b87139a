import type { Logger } from '#runtime/log.ts';
import type { Pool } from '#runtime/pg.ts';
import type { RemoteProviderName } from '../domain/payment.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import {
  type ClaimedRefund,
  claimRefunds,
  dropRefundId,
  keepRefundId,
  refundAccepted,
  refundDone,
  refundNotYet,
} from '../sql/refunds.ts';

export interface RefundDeps {
  readonly pool: Pool;
  readonly log: Logger;
  readonly providers: ReadonlyMap<RemoteProviderName, PaymentProvider>;
}

const BATCH = 20;

/**
 * Gives back what is due, of one payment when given. Never gives up: a refund that the provider refuses is tried again ever
 * more rarely and stays visible (metric payment_refunds_waiting) until somebody mends it. Returns true when there may be more.
 */
export async function giveRefunds(deps: RefundDeps, signal: AbortSignal, paymentId?: string): Promise<boolean> {
  const due = await claimRefunds(deps.pool, BATCH, paymentId);
  await Promise.all(
    due.map((refund) =>
      giveOne(deps, refund, signal).catch(async (error: unknown) => {
        deps.log.warn({ err: error, refund_id: refund.id }, 'a refund could not be given, trying again later');
        await refundNotYet(deps.pool, refund.id, error instanceof Error ? error.message : String(error));
      }),
    ),
  );
  return due.length === BATCH;
}

async function giveOne(
  { pool, log, providers }: RefundDeps,
  refund: ClaimedRefund,
  signal: AbortSignal,
): Promise<void> {
  if (refund.provider === 'rehearsal') return refundDone(pool, refund.id);
  const provider = providers.get(refund.provider);
  if (provider === undefined) return refundNotYet(pool, refund.id, 'PROVIDER_OFF');
  const refundId =
    refund.providerRefundId ?? (await keepRefundId(pool, refund.id, provider.newRefundId(refund.id, refund.attempts)));
  const result = await provider.refund({ ...refund, refundId }, signal);
  if (result.kind === 'done') {
    await refundDone(pool, refund.id);
    log.info(
      { refund_id: refund.id, reason: refund.reason, amount: refund.amount.amountMinor.toString() },
      'refund given',
    );
  } else {
    const why = result.kind === 'refused' ? result.reason : 'PROCESSING';
    if (result.kind === 'refused')
      log.error(
        { refund_id: refund.id, provider_refund_id: refundId, reason: why },
        'the provider refuses a refund: a person must look',
      );
    if (result.kind === 'processing' && result.accepted) await refundAccepted(pool, refund.id);
    if (result.kind === 'refused' && result.spent === true) await dropRefundId(pool, refund.id, refundId);
    await refundNotYet(pool, refund.id, why);
  }
}
