// Original file: ticketbottle/event/v1/event.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface TicketType {
  'name'?: (string);
  'description'?: (string);
  'price'?: (_ticketbottle_type_v1_Money | null);
  'maxPerOrder'?: (number);
}

export interface TicketType__Output {
  'name': (string);
  'description': (string);
  'price': (_ticketbottle_type_v1_Money__Output | null);
  'maxPerOrder': (number);
}
