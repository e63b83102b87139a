// Original file: ticketbottle/inventory/v1/inventory.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface ClassAvailability {
  'ticketClassId'?: (string);
  'name'?: (string);
  'available'?: (number);
  'price'?: (_ticketbottle_type_v1_Money | null);
  'maxPerOrder'?: (number);
}

export interface ClassAvailability__Output {
  'ticketClassId': (string);
  'name': (string);
  'available': (number);
  'price': (_ticketbottle_type_v1_Money__Output | null);
  'maxPerOrder': (number);
}
