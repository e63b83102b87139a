// Original file: ticketbottle/event/v1/sale.proto

import type { SaleMinute as _ticketbottle_event_v1_SaleMinute, SaleMinute__Output as _ticketbottle_event_v1_SaleMinute__Output } from '../../../ticketbottle/event/v1/SaleMinute.ts';
import type { SaleTotals as _ticketbottle_event_v1_SaleTotals, SaleTotals__Output as _ticketbottle_event_v1_SaleTotals__Output } from '../../../ticketbottle/event/v1/SaleTotals.ts';

export interface GetSaleHistoryResponse {
  'minutes'?: (_ticketbottle_event_v1_SaleMinute)[];
  'totals'?: (_ticketbottle_event_v1_SaleTotals | null);
}

export interface GetSaleHistoryResponse__Output {
  'minutes': (_ticketbottle_event_v1_SaleMinute__Output)[];
  'totals': (_ticketbottle_event_v1_SaleTotals__Output | null);
}
