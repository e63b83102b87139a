// Original file: ticketbottle/inventory/v1/inventory.proto

import type { TicketClass as _ticketbottle_inventory_v1_TicketClass, TicketClass__Output as _ticketbottle_inventory_v1_TicketClass__Output } from '../../../ticketbottle/inventory/v1/TicketClass.ts';

export interface ListTicketClassesResponse {
  'classes'?: (_ticketbottle_inventory_v1_TicketClass)[];
}

export interface ListTicketClassesResponse__Output {
  'classes': (_ticketbottle_inventory_v1_TicketClass__Output)[];
}
