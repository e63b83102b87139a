// Original file: ticketbottle/order/v1/order.proto

import type { OrderState as _ticketbottle_order_v1_OrderState, OrderState__Output as _ticketbottle_order_v1_OrderState__Output } from '../../../ticketbottle/order/v1/OrderState.ts';

export interface ListOrdersRequest {
  'userId'?: (string);
  'eventId'?: (string);
  'state'?: (_ticketbottle_order_v1_OrderState);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListOrdersRequest__Output {
  'userId': (string);
  'eventId': (string);
  'state': (_ticketbottle_order_v1_OrderState__Output);
  'pageSize': (number);
  'pageToken': (string);
}
