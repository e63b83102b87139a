// Original file: ticketbottle/payment/v1/payment.proto

import type { Payment as _ticketbottle_payment_v1_Payment, Payment__Output as _ticketbottle_payment_v1_Payment__Output } from '../../../ticketbottle/payment/v1/Payment.ts';

export interface CancelPaymentResponse {
  'payment'?: (_ticketbottle_payment_v1_Payment | null);
}

export interface CancelPaymentResponse__Output {
  'payment': (_ticketbottle_payment_v1_Payment__Output | null);
}
