/**
 * What a buyer, the network or a thief does with a payment link.
 * - `pay`: pays what is asked, once. Refused when the link has ended.
 * - `pay-twice`: PayOS: two transfers of the full amount. ZaloPay takes money for an order only once, so there it is one
 *   payment whose callback comes twice.
 * - `pay-late`: pays even though the link has ended, as a bank transfer can (PayOS). ZaloPay refuses it.
 * - `wrong-amount`: other money arrives than was asked, `amount` or 1,000 less, with a correct signature.
 * - `silent`: pays, but no callback is ever sent; only a query finds out.
 * - `duplicate`: pays once, and the callback comes three times.
 * - `tamper`: no money at all, only a callback that says so, signed with another key.
 */
export const BEHAVIOURS = ['pay', 'pay-twice', 'pay-late', 'wrong-amount', 'silent', 'duplicate', 'tamper'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface PayRequest {
  readonly behaviour: Behaviour;
  /** Ms between the money and the first callback. */
  readonly delayMs: number;
  /** For `wrong-amount`, VND. */
  readonly amount: number | undefined;
}

export type PayResult = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: string };

/** How often the callback of one transaction is sent, and whether it is signed by us. */
export function callbackPlan(behaviour: Behaviour, oncePerTransaction: boolean): { times: number; genuine: boolean } {
  switch (behaviour) {
    case 'silent':
      return { times: 0, genuine: true };
    case 'tamper':
      return { times: 1, genuine: false };
    case 'duplicate':
      return { times: 3, genuine: true };
    case 'pay-twice':
      return { times: oncePerTransaction ? 1 : 2, genuine: true };
    case 'pay':
    case 'pay-late':
    case 'wrong-amount':
      return { times: 1, genuine: true };
    default:
      return behaviour satisfies never;
  }
}
