// Original file: ticketbottle/payment/v1/payment.proto

import type { Payment as _ticketbottle_payment_v1_Payment, Payment__Output as _ticketbottle_payment_v1_Payment__Output } from '../../../ticketbottle/payment/v1/Payment.ts';

export interface ListPaymentsResponse {
  'payments'?: (_ticketbottle_payment_v1_Payment)[];
  'nextPageToken'?: (string);
}

export interface ListPaymentsResponse__Output {
  'payments': (_ticketbottle_payment_v1_Payment__Output)[];
  'nextPageToken': (string);
}
