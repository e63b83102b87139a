/** Ways to pay, in the order in which buyers see them. */
export const PAYMENT_PROVIDERS = ['zalopay', 'payos', 'vnpay'] as const;
export type PaymentProvider = (typeof PAYMENT_PROVIDERS)[number];

export const PROVIDER_NAME: Readonly<Record<PaymentProvider, string>> = {
  zalopay: 'ZaloPay',
  payos: 'PayOS',
  vnpay: 'VNPay',
};
