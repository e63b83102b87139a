// Original file: ticketbottle/inventory/v1/inventory.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface TicketClass {
  'id'?: (string);
  'eventId'?: (string);
  'name'?: (string);
  'price'?: (_ticketbottle_type_v1_Money | null);
  'total'?: (number);
  'reserved'?: (number);
  'sold'?: (number);
  'maxPerOrder'?: (number);
  'maxPerAccount'?: (number);
  'rehearsal'?: (boolean);
}

export interface TicketClass__Output {
  'id': (string);
  'eventId': (string);
  'name': (string);
  'price': (_ticketbottle_type_v1_Money__Output | null);
  'total': (number);
  'reserved': (number);
  'sold': (number);
  'maxPerOrder': (number);
  'maxPerAccount': (number);
  'rehearsal': (boolean);
}
