// Original file: ticketbottle/order/v1/order.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface GetSaleLedgerResponse {
  'ordersCount'?: (number);
  'paidCount'?: (number);
  'ticketsCount'?: (number);
  'revenue'?: (_ticketbottle_type_v1_Money | null);
  'refundedCount'?: (number);
  'paidWithoutTicket'?: (number);
  'ticketWithoutPayment'?: (number);
  'pendingCount'?: (number);
  'ticketWithoutStock'?: (number);
  'stockRestated'?: (number);
}

export interface GetSaleLedgerResponse__Output {
  'ordersCount': (number);
  'paidCount': (number);
  'ticketsCount': (number);
  'revenue': (_ticketbottle_type_v1_Money__Output | null);
  'refundedCount': (number);
  'paidWithoutTicket': (number);
  'ticketWithoutPayment': (number);
  'pendingCount': (number);
  'ticketWithoutStock': (number);
  'stockRestated': (number);
}
