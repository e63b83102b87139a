// Original file: ticketbottle/order/v1/order.proto

import type { OrderLine as _ticketbottle_order_v1_OrderLine, OrderLine__Output as _ticketbottle_order_v1_OrderLine__Output } from '../../../ticketbottle/order/v1/OrderLine.ts';
import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';
import type { OrderState as _ticketbottle_order_v1_OrderState, OrderState__Output as _ticketbottle_order_v1_OrderState__Output } from '../../../ticketbottle/order/v1/OrderState.ts';
import type { Provider as _ticketbottle_payment_v1_Provider, Provider__Output as _ticketbottle_payment_v1_Provider__Output } from '../../../ticketbottle/payment/v1/Provider.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Ticket as _ticketbottle_order_v1_Ticket, Ticket__Output as _ticketbottle_order_v1_Ticket__Output } from '../../../ticketbottle/order/v1/Ticket.ts';

export interface Order {
  'id'?: (string);
  'code'?: (string);
  'eventId'?: (string);
  'userId'?: (string);
  'email'?: (string);
  'fullName'?: (string);
  'lines'?: (_ticketbottle_order_v1_OrderLine)[];
  'total'?: (_ticketbottle_type_v1_Money | null);
  'state'?: (_ticketbottle_order_v1_OrderState);
  'failureReason'?: (string);
  'provider'?: (_ticketbottle_payment_v1_Provider);
  'paymentUrl'?: (string);
  'holdExpireTime'?: (_google_protobuf_Timestamp | null);
  'tickets'?: (_ticketbottle_order_v1_Ticket)[];
  'createTime'?: (_google_protobuf_Timestamp | null);
  'updateTime'?: (_google_protobuf_Timestamp | null);
  'rehearsal'?: (boolean);
  'language'?: (string);
}

export interface Order__Output {
  'id': (string);
  'code': (string);
  'eventId': (string);
  'userId': (string);
  'email': (string);
  'fullName': (string);
  'lines': (_ticketbottle_order_v1_OrderLine__Output)[];
  'total': (_ticketbottle_type_v1_Money__Output | null);
  'state': (_ticketbottle_order_v1_OrderState__Output);
  'failureReason': (string);
  'provider': (_ticketbottle_payment_v1_Provider__Output);
  'paymentUrl': (string);
  'holdExpireTime': (_google_protobuf_Timestamp__Output | null);
  'tickets': (_ticketbottle_order_v1_Ticket__Output)[];
  'createTime': (_google_protobuf_Timestamp__Output | null);
  'updateTime': (_google_protobuf_Timestamp__Output | null);
  'rehearsal': (boolean);
  'language': (string);
}
