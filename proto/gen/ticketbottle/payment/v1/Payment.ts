// Original file: ticketbottle/payment/v1/payment.proto

import type { Provider as _ticketbottle_payment_v1_Provider, Provider__Output as _ticketbottle_payment_v1_Provider__Output } from '../../../ticketbottle/payment/v1/Provider.ts';
import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';
import type { PaymentState as _ticketbottle_payment_v1_PaymentState, PaymentState__Output as _ticketbottle_payment_v1_PaymentState__Output } from '../../../ticketbottle/payment/v1/PaymentState.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface Payment {
  'id'?: (string);
  'orderId'?: (string);
  'eventId'?: (string);
  'provider'?: (_ticketbottle_payment_v1_Provider);
  'amount'?: (_ticketbottle_type_v1_Money | null);
  'state'?: (_ticketbottle_payment_v1_PaymentState);
  'paymentUrl'?: (string);
  'providerRef'?: (string);
  'expireTime'?: (_google_protobuf_Timestamp | null);
  'captureTime'?: (_google_protobuf_Timestamp | null);
  'refundTime'?: (_google_protobuf_Timestamp | null);
  'captured'?: (_ticketbottle_type_v1_Money | null);
  'refunded'?: (_ticketbottle_type_v1_Money | null);
}

export interface Payment__Output {
  'id': (string);
  'orderId': (string);
  'eventId': (string);
  'provider': (_ticketbottle_payment_v1_Provider__Output);
  'amount': (_ticketbottle_type_v1_Money__Output | null);
  'state': (_ticketbottle_payment_v1_PaymentState__Output);
  'paymentUrl': (string);
  'providerRef': (string);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
  'captureTime': (_google_protobuf_Timestamp__Output | null);
  'refundTime': (_google_protobuf_Timestamp__Output | null);
  'captured': (_ticketbottle_type_v1_Money__Output | null);
  'refunded': (_ticketbottle_type_v1_Money__Output | null);
}
