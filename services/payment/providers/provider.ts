import type { Money } from '#runtime/money.ts';
import type { RemoteProviderName } from '../domain/payment.ts';

export interface LinkRequest {
  /** Reference given by `newRef`; the provider refuses to use it twice. */
  readonly ref: string;
  readonly amount: Money;
  readonly description: string;
  readonly returnUrl: string;
  readonly expireTimeMs: number;
  /** For people at the provider's side. */
  readonly orderId: string;
}

/** `exists`: this reference was used before, so an earlier call did take effect, but its link is not told again. */
export type LinkResult =
  | { readonly kind: 'created'; readonly url: string; readonly providerId: string | undefined }
  | { readonly kind: 'exists' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Money the provider says it has received for a reference. */
export interface ReceivedMoney {
  /** The same as in the webhook: see README.md, parameter 4. */
  readonly txnId: string;
  readonly amount: Money;
}

export interface LinkStatus {
  /** `gone`: the provider does not know the reference. `ended`: nothing more can come; `reason` says why. */
  readonly state: 'open' | 'ended' | 'gone';
  readonly reason: string;
  readonly received: readonly ReceivedMoney[];
  /** The body as received. */
  readonly raw: string;
}

export interface RefundRequest {
  /** Idempotency key at the provider, from `newRefundId`. */
  readonly refundId: string;
  readonly ref: string;
  readonly txnId: string;
  readonly amount: Money;
  readonly reason: string;
  /** The provider has said before that it has taken this refund: it is only asked about. */
  readonly accepted: boolean;
}

/**
 * `processing`: asked for, ask again later; `accepted` once the provider has said that it took it. `refused`: will not happen by itself. `spent`: the provider is sure that nothing
 * was given under this id and takes no other try under it, so the next one needs an id of its own.
 */
export type RefundResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'processing'; readonly accepted: boolean }
  | { readonly kind: 'refused'; readonly reason: string; readonly spent?: boolean };

/**
 * One payment provider. Every method throws a retryable UNAVAILABLE when it cannot know whether the provider acted; the
 * caller then asks with `query` (or calls `refund` again: that one is idempotent by its id).
 */
export interface PaymentProvider {
  readonly name: RemoteProviderName;
  /** A reference that was never used. `sequence` gives a number that was never given. */
  newRef(paymentId: string, attempt: number, sequence: () => Promise<bigint>): Promise<string>;
  /** `attempt` counts from 1 and goes on while ids are spent. */
  newRefundId(refundId: string, attempt: number): string;
  createLink(request: LinkRequest, signal: AbortSignal): Promise<LinkResult>;
  query(ref: string, signal: AbortSignal): Promise<LinkStatus>;
  /** Best effort: a link that cannot be cancelled ends by itself. */
  cancelLink(ref: string, reason: string, signal: AbortSignal): Promise<void>;
  refund(request: RefundRequest, signal: AbortSignal): Promise<RefundResult>;
}
