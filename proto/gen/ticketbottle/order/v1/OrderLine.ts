// Original file: ticketbottle/order/v1/order.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface OrderLine {
  'ticketClassId'?: (string);
  'className'?: (string);
  'quantity'?: (number);
  'unitPrice'?: (_ticketbottle_type_v1_Money | null);
}

export interface OrderLine__Output {
  'ticketClassId': (string);
  'className': (string);
  'quantity': (number);
  'unitPrice': (_ticketbottle_type_v1_Money__Output | null);
}
