import type { Payment, PaymentState, ProviderName } from '../domain/payment.ts';

/** Columns of `payments` as `toPayment` reads them. */
export const PAYMENT_COLUMNS = `p.id, p.idempotency_key, p.order_id, p.event_id, p.provider, p.provider_ref, p.payment_url, p.description,
  p.return_url, p.amount_minor, p.currency, p.state, p.failure_reason, p.captured_minor, p.refunded_minor, p.expire_time,
  p.capture_time, p.refund_time, p.check_count`;

export interface PaymentRow {
  readonly id: string;
  readonly idempotency_key: string;
  readonly order_id: string;
  readonly event_id: string;
  readonly provider: ProviderName;
  readonly provider_ref: string | null;
  readonly payment_url: string | null;
  readonly description: string;
  readonly return_url: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly state: PaymentState;
  readonly failure_reason: string | null;
  readonly captured_minor: bigint;
  readonly refunded_minor: bigint;
  readonly expire_time: Date;
  readonly capture_time: Date | null;
  readonly refund_time: Date | null;
  readonly check_count: number;
}

export function toPayment(row: PaymentRow): Payment {
  const amount = (amountMinor: bigint) => ({ amountMinor, currency: row.currency });
  return {
    id: row.id,
    idempotencyKey: row.idempotency_key,
    orderId: row.order_id,
    eventId: row.event_id,
    provider: row.provider,
    providerRef: row.provider_ref ?? undefined,
    paymentUrl: row.payment_url ?? undefined,
    description: row.description,
    returnUrl: row.return_url,
    amount: amount(row.amount_minor),
    state: row.state,
    failureReason: row.failure_reason ?? undefined,
    captured: amount(row.captured_minor),
    refunded: amount(row.refunded_minor),
    expireTimeMs: row.expire_time.getTime(),
    captureTimeMs: row.capture_time?.getTime(),
    refundTimeMs: row.refund_time?.getTime(),
    checkCount: row.check_count,
  };
}
