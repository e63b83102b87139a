import type { PaymentServiceHandlers } from '#proto/gen/ticketbottle/payment/v1/PaymentService.ts';
import { failedPrecondition, invalidArgument, notFound } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import type { Logger } from '#runtime/log.ts';
import { fromWireMoney } from '#runtime/money.ts';
import { fromTimestamp } from '#runtime/timestamp.ts';
import { type CreatePaymentDeps, createPayment } from '../domain/create-payment.ts';
import type { Payment } from '../domain/payment.ts';
import { refreshLink } from '../domain/refresh-payment.ts';
import { giveRefunds } from '../jobs/give-refunds.ts';
import { cancelPending, findPayment, listPayments, startRefund } from '../sql/payments.ts';
import { parseId, parseProvider, toWire } from './payment-wire.ts';

export interface PaymentServiceDeps extends CreatePaymentDeps {
  /** Something may have been written to the outbox. */
  readonly onChange: () => void;
}

const MAX_PAGE = 500;

/** Why an order service asks that is older than `tickets_void`; it took the tickets before. Refunds go on while versions are mixed. */
const ASKED_BY_ORDERS = new Set(['EVENT_CANCELLED', 'NO_STOCK_LEFT', 'ORDER_CLOSED', 'REHEARSAL_UNDONE']);

/** The gRPC face of payment: parse, call, map. */
export function paymentService(deps: PaymentServiceDeps): ImplementationOf<PaymentServiceHandlers> {
  const { pool } = deps;

  /** Money that came without a callback is found before a payment is ended; then the open link is closed. */
  const settleWithProvider = async (payment: Payment, signal: AbortSignal, log: Logger, then: 'ask' | 'close') => {
    const provider = payment.provider === 'rehearsal' ? undefined : deps.providers.get(payment.provider);
    if (provider === undefined || payment.providerRef === undefined) return;
    try {
      if (then === 'ask') await refreshLink({ pool, log }, provider, payment, payment.providerRef, signal);
      else await provider.cancelLink(payment.providerRef, payment.failureReason ?? 'cancelled', signal);
    } catch (error) {
      // Not needed for being right: money that comes later is captured, and the order gives it back.
      log.warn({ err: error, payment_id: payment.id, step: then }, 'the provider did not answer while cancelling');
    }
  };

  return {
    async createPayment(request, ctx) {
      const expireTimeMs = fromTimestamp(request.expireTime, 'expire_time');
      if (expireTimeMs === undefined)
        throw invalidArgument('INVALID_TIME', 'expire_time is missing', { details: { field: 'expire_time' } });
      const holdExpireTimeMs = fromTimestamp(request.holdExpireTime, 'hold_expire_time');
      if (holdExpireTimeMs !== undefined && expireTimeMs >= holdExpireTimeMs) {
        throw invalidArgument('LINK_OUTLIVES_HOLD', 'expire_time must lie before hold_expire_time', {
          details: { field: 'expire_time' },
        });
      }
      if (request.idempotencyKey === '') {
        throw invalidArgument('INVALID_KEY', 'idempotency_key is missing', { details: { field: 'idempotency_key' } });
      }
      const amount = fromWireMoney(request.amount);
      const provider = parseProvider(request.provider);
      if (amount.amountMinor <= 0n)
        throw invalidArgument('INVALID_MONEY', 'amount must be positive', { details: { field: 'amount' } });
      if (provider !== 'rehearsal' && amount.currency !== 'VND') {
        throw invalidArgument('CURRENCY_UNSUPPORTED', `${provider} takes VND only`, { details: { field: 'amount' } });
      }
      const payment = await createPayment(
        deps,
        {
          idempotencyKey: request.idempotencyKey,
          orderId: parseId(request.orderId, 'order_id'),
          eventId: parseId(request.eventId, 'event_id'),
          provider,
          amount,
          description: request.description,
          returnUrl: request.returnUrl,
          expireTimeMs,
          holdExpireTimeMs,
        },
        ctx.signal,
        ctx.log,
      );
      deps.onChange();
      return { payment: toWire(payment) };
    },

    async getPayment(request) {
      const by = request.id ? { id: parseId(request.id, 'id') } : { orderId: parseId(request.orderId, 'order_id') };
      const payment = await findPayment(pool, by);
      if (payment === undefined) throw notFound('PAYMENT_NOT_FOUND', 'there is no such payment');
      return { payment: toWire(payment) };
    },

    async cancelPayment(request, ctx) {
      const orderId = parseId(request.orderId, 'order_id');
      const known = await findPayment(pool, { orderId });
      if (known === undefined) return { payment: null };
      if (known.state === 'PENDING') await settleWithProvider(known, ctx.signal, ctx.log, 'ask');
      const payment = (await cancelPending(pool, orderId, 'CANCELLED')) ?? known;
      if (payment.state === 'CANCELLED') await settleWithProvider(payment, ctx.signal, ctx.log, 'close');
      deps.onChange();
      return { payment: toWire(payment) };
    },

    async refundPayment(request, ctx) {
      const orderId = parseId(request.orderId, 'order_id');
      const ticketsVoid = request.ticketsVoid || ASKED_BY_ORDERS.has(request.reason);
      const payment = ticketsVoid
        ? await startRefund(pool, orderId, request.reason || 'REFUND')
        : await findPayment(pool, { orderId });
      if (payment === undefined) throw notFound('PAYMENT_NOT_FOUND', 'there is no payment of this order');
      if (!ticketsVoid && payment.state === 'CAPTURED') {
        throw failedPrecondition(
          'REFUND_THE_ORDER',
          'tickets of this order would stay valid: call OrderService.RefundOrder, or set tickets_void where there is no order',
          { details: { field: 'tickets_void' } },
        );
      }
      if (payment.state !== 'REFUNDING' && payment.state !== 'REFUNDED') {
        throw failedPrecondition('NOT_CAPTURED', `a payment that is ${payment.state} has nothing to refund`);
      }
      if (payment.state === 'REFUNDING') await giveRefunds({ ...deps, log: ctx.log }, ctx.signal, payment.id);
      return { payment: toWire((await findPayment(pool, { orderId })) ?? payment) };
    },

    async listPayments(request) {
      const limit = Math.min(request.pageSize > 0 ? request.pageSize : 100, MAX_PAGE);
      const after = request.pageToken === '' ? undefined : parseId(request.pageToken, 'page_token');
      const payments = await listPayments(pool, parseId(request.eventId, 'event_id'), after, limit);
      return {
        payments: payments.map(toWire),
        nextPageToken: payments.length === limit ? (payments.at(-1)?.id ?? '') : '',
      };
    },
  };
}
