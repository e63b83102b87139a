// Original file: ticketbottle/order/v1/order.proto

import type { Order as _ticketbottle_order_v1_Order, Order__Output as _ticketbottle_order_v1_Order__Output } from '../../../ticketbottle/order/v1/Order.ts';

export interface RefundOrderResponse {
  'order'?: (_ticketbottle_order_v1_Order | null);
}

export interface RefundOrderResponse__Output {
  'order': (_ticketbottle_order_v1_Order__Output | null);
}
