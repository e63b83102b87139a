import type { Clock } from '#runtime/clock.ts';
import { aborted, alreadyExists, failedPrecondition } from '#runtime/errors.ts';
import type { Logger } from '#runtime/log.ts';
import { equalMoney } from '#runtime/money.ts';
import { type Pool, withTransaction } from '#runtime/pg.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import { applyEvent } from '../sql/apply-event.ts';
import { endAttempt, startAttempt, storeLink } from '../sql/payment-links.ts';
import { findPayment, insertPayment } from '../sql/payments.ts';
import type { CreatePaymentCommand, Payment, RemoteProviderName } from './payment.ts';
import { refreshLink } from './refresh-payment.ts';

export interface CreatePaymentDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly providers: ReadonlyMap<RemoteProviderName, PaymentProvider>;
  /** First look at the provider after a link was made. */
  readonly checkAfterMs: number;
}

/** Longer than a provider call may take, so that nobody takes over an attempt that is still under way. */
const CLAIM_MS = 20_000;
const POLL_MS = 100;

/**
 * Reserves the key, then makes the link outside of any transaction, then keeps it. Repeating returns the same link. When an
 * earlier call left no answer, the provider is asked what became of it, and a new reference is used: the old one stays known,
 * so that money for it would find its payment.
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  command: CreatePaymentCommand,
  signal: AbortSignal,
  log: Logger,
): Promise<Payment> {
  if (command.provider === 'rehearsal') return createRehearsalPayment(deps, command);
  const provider = deps.providers.get(command.provider);
  if (provider === undefined) throw failedPrecondition('PROVIDER_OFF', `${command.provider} is not configured`);
  const payment = sameRequest(await insertPayment(deps.pool, deps.newId(), command), command);

  for (;;) {
    const attempt = await startAttempt(deps.pool, payment.id, CLAIM_MS, (number, sequence) =>
      provider.newRef(payment.id, number, sequence),
    );
    if (attempt.kind === 'settled') return usable(attempt.payment);
    if (attempt.kind === 'busy') {
      await deps.clock.sleep(POLL_MS, signal).catch((cause: unknown) => {
        throw aborted('LINK_BUSY', 'another call is making this link, try again', { cause });
      });
      continue;
    }
    const { ref, earlierRefs } = attempt;
    try {
      for (const earlier of earlierRefs) {
        await refreshLink({ ...deps, log }, provider, attempt.payment, earlier, signal);
        await provider.cancelLink(earlier, 'replaced', signal);
      }
      const known = await findPayment(deps.pool, { id: payment.id });
      if (known?.state !== 'PENDING') continue;
      const result = await provider.createLink(
        {
          ref,
          amount: payment.amount,
          description: payment.description,
          returnUrl: payment.returnUrl,
          expireTimeMs: payment.expireTimeMs,
          orderId: payment.orderId,
        },
        signal,
      );
      if (result.kind === 'created') {
        const { url, providerId } = result;
        await storeLink(deps.pool, { paymentId: payment.id, ref, url, providerId, checkAfterMs: deps.checkAfterMs });
      } else if (result.kind === 'refused') {
        log.warn({ provider: provider.name, reason: result.reason, provider_ref: ref }, 'the provider refused a link');
        await applyEvent(deps.pool, {
          provider: provider.name,
          ref,
          kind: 'failed',
          reason: result.reason,
          source: 'create',
          raw: '',
        });
      }
      // `exists`: the next round asks what became of it.
    } finally {
      await endAttempt(deps.pool, provider.name, ref);
    }
  }
}

/** Moves no money: captured in the same transaction that makes it, through the same door as all money. */
function createRehearsalPayment(deps: CreatePaymentDeps, command: CreatePaymentCommand): Promise<Payment> {
  return withTransaction(deps.pool, async (client) => {
    const payment = sameRequest(await insertPayment(client, deps.newId(), command), command);
    const attempt = { provider: 'rehearsal' as const, ref: payment.id };
    await client.query(
      "INSERT INTO payment_links (provider, provider_ref, payment_id, claim_until) VALUES ('rehearsal', $1::text, $1::uuid, now()) ON CONFLICT DO NOTHING",
      [payment.id],
    );
    await client.query('UPDATE payments SET provider_ref = $2 WHERE id = $1 AND provider_ref IS NULL', [
      payment.id,
      payment.id,
    ]);
    await applyEvent(client, {
      ...attempt,
      kind: 'captured',
      txnId: `rehearsal:${payment.id}`,
      amount: payment.amount,
      source: 'rehearsal',
      raw: '',
    });
    return (await findPayment(client, { id: payment.id })) ?? payment;
  });
}

function sameRequest(
  { payment, late }: Awaited<ReturnType<typeof insertPayment>>,
  command: CreatePaymentCommand,
): Payment {
  // Nobody's mistake: the order took so long to come here. What became of an earlier call is told all the same.
  if (late && (payment === undefined || payment.state === 'PENDING'))
    throw failedPrecondition('HOLD_EXPIRED', 'expire_time has passed: the hold ends before anybody could pay');
  if (payment === undefined) {
    throw alreadyExists('PAYMENT_EXISTS', 'this order has a payment with another idempotency key');
  }
  const same =
    payment.orderId === command.orderId &&
    payment.provider === command.provider &&
    equalMoney(payment.amount, command.amount);
  if (!same) throw failedPrecondition('KEY_REUSED', 'this idempotency key was used for another payment');
  return payment;
}

/** A payment whose link can be paid (or was). */
function usable(payment: Payment): Payment {
  if (payment.state === 'FAILED') {
    throw failedPrecondition('PROVIDER_REFUSED', 'the payment provider refused this payment', {
      details: { providerReason: payment.failureReason },
    });
  }
  if (payment.state === 'CANCELLED') throw failedPrecondition('PAYMENT_CANCELLED', 'this payment was cancelled');
  return payment;
}
