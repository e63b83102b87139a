// Original file: ticketbottle/event/v1/sale.proto

import type { SaleContent as _ticketbottle_event_v1_SaleContent, SaleContent__Output as _ticketbottle_event_v1_SaleContent__Output } from '../../../ticketbottle/event/v1/SaleContent.ts';

export interface UpdateSaleRequest {
  'organiserId'?: (string);
  'name'?: (string);
  'content'?: (_ticketbottle_event_v1_SaleContent | null);
  'etag'?: (string);
}

export interface UpdateSaleRequest__Output {
  'organiserId': (string);
  'name': (string);
  'content': (_ticketbottle_event_v1_SaleContent__Output | null);
  'etag': (string);
}
