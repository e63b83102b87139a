// Original file: ticketbottle/event/v1/sale.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface SaleClass {
  'name'?: (string);
  'description'?: (string);
  'quantity'?: (number);
  'price'?: (_ticketbottle_type_v1_Money | null);
  'maxPerOrder'?: (number);
  'maxPerAccount'?: (number);
}

export interface SaleClass__Output {
  'name': (string);
  'description': (string);
  'quantity': (number);
  'price': (_ticketbottle_type_v1_Money__Output | null);
  'maxPerOrder': (number);
  'maxPerAccount': (number);
}
