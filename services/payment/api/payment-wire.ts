import type { Payment as WirePayment } from '#proto/gen/ticketbottle/payment/v1/Payment.ts';
import type { Provider__Output } from '#proto/gen/ticketbottle/payment/v1/Provider.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { isUuid } from '#runtime/ids.ts';
import { toWireMoney } from '#runtime/money.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import type { Payment, ProviderName } from '../domain/payment.ts';

const PROVIDER_OF_WIRE: Readonly<Partial<Record<Provider__Output, ProviderName>>> = {
  PROVIDER_ZALOPAY: 'zalopay',
  PROVIDER_PAYOS: 'payos',
  PROVIDER_VNPAY: 'vnpay',
  PROVIDER_REHEARSAL: 'rehearsal',
};
const WIRE_OF_PROVIDER = {
  zalopay: 'PROVIDER_ZALOPAY',
  payos: 'PROVIDER_PAYOS',
  vnpay: 'PROVIDER_VNPAY',
  rehearsal: 'PROVIDER_REHEARSAL',
} as const satisfies Record<ProviderName, Provider__Output>;

/** Throws INVALID_ARGUMENT PROVIDER_UNKNOWN. */
export function parseProvider(wire: Provider__Output): ProviderName {
  const name = PROVIDER_OF_WIRE[wire];
  if (name === undefined)
    throw invalidArgument('PROVIDER_UNKNOWN', `${wire} cannot be used`, { details: { field: 'provider' } });
  return name;
}

export function parseId(value: string | undefined, field: string): string {
  if (value === undefined || !isUuid(value))
    throw invalidArgument('INVALID_ID', `${field} must be a UUID`, { details: { field } });
  return value.toLowerCase();
}

const time = (ms: number | undefined) => (ms === undefined ? null : toTimestamp(ms));

export function toWire(payment: Payment): WirePayment {
  return {
    id: payment.id,
    orderId: payment.orderId,
    eventId: payment.eventId,
    provider: WIRE_OF_PROVIDER[payment.provider],
    amount: toWireMoney(payment.amount),
    state: `PAYMENT_STATE_${payment.state}`,
    paymentUrl: payment.paymentUrl ?? '',
    providerRef: payment.providerRef ?? '',
    expireTime: toTimestamp(payment.expireTimeMs),
    captureTime: time(payment.captureTimeMs),
    refundTime: time(payment.refundTimeMs),
    captured: toWireMoney(payment.captured),
    refunded: toWireMoney(payment.refunded),
  };
}
