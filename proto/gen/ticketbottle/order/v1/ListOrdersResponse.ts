// Original file: ticketbottle/order/v1/order.proto

import type { Order as _ticketbottle_order_v1_Order, Order__Output as _ticketbottle_order_v1_Order__Output } from '../../../ticketbottle/order/v1/Order.ts';

export interface ListOrdersResponse {
  'orders'?: (_ticketbottle_order_v1_Order)[];
  'nextPageToken'?: (string);
}

export interface ListOrdersResponse__Output {
  'orders': (_ticketbottle_order_v1_Order__Output)[];
  'nextPageToken': (string);
}
