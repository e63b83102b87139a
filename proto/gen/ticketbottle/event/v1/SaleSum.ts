// Original file: ticketbottle/event/v1/sale.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface SaleSum {
  'orders'?: (number);
  'tickets'?: (number);
  'money'?: (_ticketbottle_type_v1_Money | null);
}

export interface SaleSum__Output {
  'orders': (number);
  'tickets': (number);
  'money': (_ticketbottle_type_v1_Money__Output | null);
}
