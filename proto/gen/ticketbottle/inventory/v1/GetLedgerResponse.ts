// Original file: ticketbottle/inventory/v1/inventory.proto

import type { ClassLedger as _ticketbottle_inventory_v1_ClassLedger, ClassLedger__Output as _ticketbottle_inventory_v1_ClassLedger__Output } from '../../../ticketbottle/inventory/v1/ClassLedger.ts';

export interface GetLedgerResponse {
  'classes'?: (_ticketbottle_inventory_v1_ClassLedger)[];
  'oversold'?: (number);
  'balanced'?: (boolean);
}

export interface GetLedgerResponse__Output {
  'classes': (_ticketbottle_inventory_v1_ClassLedger__Output)[];
  'oversold': (number);
  'balanced': (boolean);
}
