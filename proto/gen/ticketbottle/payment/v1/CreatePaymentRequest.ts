// Original file: ticketbottle/payment/v1/payment.proto

import type { Provider as _ticketbottle_payment_v1_Provider, Provider__Output as _ticketbottle_payment_v1_Provider__Output } from '../../../ticketbottle/payment/v1/Provider.ts';
import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface CreatePaymentRequest {
  'idempotencyKey'?: (string);
  'orderId'?: (string);
  'eventId'?: (string);
  'provider'?: (_ticketbottle_payment_v1_Provider);
  'amount'?: (_ticketbottle_type_v1_Money | null);
  'description'?: (string);
  'returnUrl'?: (string);
  'expireTime'?: (_google_protobuf_Timestamp | null);
  'holdExpireTime'?: (_google_protobuf_Timestamp | null);
}

export interface CreatePaymentRequest__Output {
  'idempotencyKey': (string);
  'orderId': (string);
  'eventId': (string);
  'provider': (_ticketbottle_payment_v1_Provider__Output);
  'amount': (_ticketbottle_type_v1_Money__Output | null);
  'description': (string);
  'returnUrl': (string);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
  'holdExpireTime': (_google_protobuf_Timestamp__Output | null);
}
