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
 * - `fail`: no money, and a genuine callback that says so. ZaloPay calls back only when money came: it says nothing.
 * - `fail-after-pay`, `pay-after-fail`: pays once; besides its callback comes one of a try that failed, 300 ms after or before.
 */
export const BEHAVIOURS = [
  'pay',
  'pay-twice',
  'pay-late',
  'wrong-amount',
  'silent',
  'duplicate',
  'tamper',
  'fail',
  'fail-after-pay',
  'pay-after-fail',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface PayRequest {
  readonly behaviour: Behaviour;
  /** Ms between the money and the first callback. */
  readonly delayMs: number;
  /** For `wrong-amount`, VND. */
  readonly amount: number | undefined;
}

export type PayResult = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: string };

/**
 * What the provider does on its own side when it is asked for a link, for its next callers.
 * - `timeout`: makes the link and never answers.
 * - `early-callback`: makes it, is paid and calls back, and answers only 300 ms later.
 * - `unavailable`: makes nothing and answers 503.
 * - `too-many-calls`: makes nothing and answers 429.
 */
export const CREATE_FAULTS = ['timeout', 'early-callback', 'unavailable', 'too-many-calls'] as const;
export type CreateFault = (typeof CREATE_FAULTS)[number];

export interface CallbackPlan {
  /** How often the callback of one transaction is sent. */
  readonly times: number;
  /** Signed by us. */
  readonly genuine: boolean;
  /** Whether a failed try is told of besides. */
  readonly failure: 'none' | 'only' | 'before' | 'after';
}

export function callbackPlan(behaviour: Behaviour, oncePerTransaction: boolean): CallbackPlan {
  const plan = (times: number, failure: CallbackPlan['failure'] = 'none') => ({ times, genuine: true, failure });
  switch (behaviour) {
    case 'silent':
      return plan(0);
    case 'tamper':
      return { ...plan(1), genuine: false };
    case 'duplicate':
      return plan(3);
    case 'pay-twice':
      return plan(oncePerTransaction ? 1 : 2);
    case 'fail':
      return plan(0, 'only');
    case 'fail-after-pay':
      return plan(1, 'after');
    case 'pay-after-fail':
      return plan(1, 'before');
    case 'pay':
    case 'pay-late':
    case 'wrong-amount':
      return plan(1);
    default:
      return behaviour satisfies never;
  }
}
