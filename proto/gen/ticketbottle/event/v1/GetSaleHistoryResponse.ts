// Original file: ticketbottle/event/v1/sale.proto

import type { SaleMinute as _ticketbottle_event_v1_SaleMinute, SaleMinute__Output as _ticketbottle_event_v1_SaleMinute__Output } from '../../../ticketbottle/event/v1/SaleMinute.ts';

export interface GetSaleHistoryResponse {
  'minutes'?: (_ticketbottle_event_v1_SaleMinute)[];
}

export interface GetSaleHistoryResponse__Output {
  'minutes': (_ticketbottle_event_v1_SaleMinute__Output)[];
}
