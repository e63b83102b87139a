// Original file: ticketbottle/event/v1/sale.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';

export interface SaleMinute {
  'startTime'?: (_google_protobuf_Timestamp | null);
  'ordersCreated'?: (number);
  'ordersPaid'?: (number);
  'tickets'?: (number);
  'revenue'?: (_ticketbottle_type_v1_Money | null);
  'ordersRefunded'?: (number);
  'ticketsRefunded'?: (number);
  'refunded'?: (_ticketbottle_type_v1_Money | null);
}

export interface SaleMinute__Output {
  'startTime': (_google_protobuf_Timestamp__Output | null);
  'ordersCreated': (number);
  'ordersPaid': (number);
  'tickets': (number);
  'revenue': (_ticketbottle_type_v1_Money__Output | null);
  'ordersRefunded': (number);
  'ticketsRefunded': (number);
  'refunded': (_ticketbottle_type_v1_Money__Output | null);
}
