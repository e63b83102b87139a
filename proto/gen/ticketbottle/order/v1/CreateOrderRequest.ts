// Original file: ticketbottle/order/v1/order.proto

import type { CreateOrderLine as _ticketbottle_order_v1_CreateOrderLine, CreateOrderLine__Output as _ticketbottle_order_v1_CreateOrderLine__Output } from '../../../ticketbottle/order/v1/CreateOrderLine.ts';
import type { Provider as _ticketbottle_payment_v1_Provider, Provider__Output as _ticketbottle_payment_v1_Provider__Output } from '../../../ticketbottle/payment/v1/Provider.ts';

export interface CreateOrderRequest {
  'idempotencyKey'?: (string);
  'eventId'?: (string);
  'userId'?: (string);
  'email'?: (string);
  'fullName'?: (string);
  'lines'?: (_ticketbottle_order_v1_CreateOrderLine)[];
  'provider'?: (_ticketbottle_payment_v1_Provider);
  'admissionToken'?: (string);
  'returnUrl'?: (string);
  'language'?: (string);
}

export interface CreateOrderRequest__Output {
  'idempotencyKey': (string);
  'eventId': (string);
  'userId': (string);
  'email': (string);
  'fullName': (string);
  'lines': (_ticketbottle_order_v1_CreateOrderLine__Output)[];
  'provider': (_ticketbottle_payment_v1_Provider__Output);
  'admissionToken': (string);
  'returnUrl': (string);
  'language': (string);
}
