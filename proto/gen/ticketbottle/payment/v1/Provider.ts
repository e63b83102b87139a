// Original file: ticketbottle/payment/v1/payment.proto

export const Provider = {
  PROVIDER_UNSPECIFIED: 'PROVIDER_UNSPECIFIED',
  PROVIDER_ZALOPAY: 'PROVIDER_ZALOPAY',
  PROVIDER_PAYOS: 'PROVIDER_PAYOS',
  PROVIDER_VNPAY: 'PROVIDER_VNPAY',
  PROVIDER_REHEARSAL: 'PROVIDER_REHEARSAL',
} as const;

export type Provider =
  | 'PROVIDER_UNSPECIFIED'
  | 0
  | 'PROVIDER_ZALOPAY'
  | 1
  | 'PROVIDER_PAYOS'
  | 2
  | 'PROVIDER_VNPAY'
  | 3
  | 'PROVIDER_REHEARSAL'
  | 4

export type Provider__Output = typeof Provider[keyof typeof Provider]
