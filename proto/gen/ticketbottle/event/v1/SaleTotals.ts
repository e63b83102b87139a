// Original file: ticketbottle/event/v1/sale.proto

import type { SaleSum as _ticketbottle_event_v1_SaleSum, SaleSum__Output as _ticketbottle_event_v1_SaleSum__Output } from '../../../ticketbottle/event/v1/SaleSum.ts';

export interface SaleTotals {
  'gross'?: (_ticketbottle_event_v1_SaleSum | null);
  'refunded'?: (_ticketbottle_event_v1_SaleSum | null);
  'net'?: (_ticketbottle_event_v1_SaleSum | null);
}

export interface SaleTotals__Output {
  'gross': (_ticketbottle_event_v1_SaleSum__Output | null);
  'refunded': (_ticketbottle_event_v1_SaleSum__Output | null);
  'net': (_ticketbottle_event_v1_SaleSum__Output | null);
}
