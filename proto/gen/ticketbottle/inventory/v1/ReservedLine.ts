// Original file: ticketbottle/inventory/v1/inventory.proto

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface ReservedLine {
  'ticketClassId'?: (string);
  'className'?: (string);
  'quantity'?: (number);
  'unitPrice'?: (_ticketbottle_type_v1_Money | null);
}

export interface ReservedLine__Output {
  'ticketClassId': (string);
  'className': (string);
  'quantity': (number);
  'unitPrice': (_ticketbottle_type_v1_Money__Output | null);
}
