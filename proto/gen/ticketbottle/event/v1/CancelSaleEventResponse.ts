// Original file: ticketbottle/event/v1/sale.proto

import type { Sale as _ticketbottle_event_v1_Sale, Sale__Output as _ticketbottle_event_v1_Sale__Output } from '../../../ticketbottle/event/v1/Sale.ts';

export interface CancelSaleEventResponse {
  'sale'?: (_ticketbottle_event_v1_Sale | null);
}

export interface CancelSaleEventResponse__Output {
  'sale': (_ticketbottle_event_v1_Sale__Output | null);
}
