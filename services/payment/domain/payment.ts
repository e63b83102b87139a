import type { Money } from '#runtime/money.ts';

export const PROVIDERS = ['zalopay', 'payos', 'vnpay', 'rehearsal'] as const;
export type ProviderName = (typeof PROVIDERS)[number];
/** Those that are reached over the network. */
export type RemoteProviderName = Exclude<ProviderName, 'rehearsal'>;

export type PaymentState = 'PENDING' | 'CAPTURED' | 'FAILED' | 'CANCELLED' | 'REFUNDING' | 'REFUNDED';

/** One payment of one order. Times are ms since the epoch. */
export interface Payment {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly eventId: string;
  readonly provider: ProviderName;
  readonly providerRef: string | undefined;
  readonly paymentUrl: string | undefined;
  readonly description: string;
  readonly returnUrl: string;
  readonly amount: Money;
  readonly state: PaymentState;
  readonly failureReason: string | undefined;
  readonly captured: Money;
  readonly refunded: Money;
  readonly expireTimeMs: number;
  readonly captureTimeMs: number | undefined;
  readonly refundTimeMs: number | undefined;
  readonly checkCount: number;
}

/** What a caller asks for; `idempotencyKey` and `orderId` are unique each. */
export interface CreatePaymentCommand {
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly eventId: string;
  readonly provider: ProviderName;
  readonly amount: Money;
  readonly description: string;
  readonly returnUrl: string;
  readonly expireTimeMs: number;
  /** End of the stock hold, which lies after the link's. undefined: there is no hold. */
  readonly holdExpireTimeMs: number | undefined;
}
