// Original file: ticketbottle/event/v1/sale.proto

import type { SaleContent as _ticketbottle_event_v1_SaleContent, SaleContent__Output as _ticketbottle_event_v1_SaleContent__Output } from '../../../ticketbottle/event/v1/SaleContent.ts';

export interface ScheduleSaleRequest {
  'requestId'?: (string);
  'organiserId'?: (string);
  'content'?: (_ticketbottle_event_v1_SaleContent | null);
}

export interface ScheduleSaleRequest__Output {
  'requestId': (string);
  'organiserId': (string);
  'content': (_ticketbottle_event_v1_SaleContent__Output | null);
}
