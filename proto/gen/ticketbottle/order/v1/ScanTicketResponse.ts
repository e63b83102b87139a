// Original file: ticketbottle/order/v1/order.proto

import type { ScanOutcome as _ticketbottle_order_v1_ScanOutcome, ScanOutcome__Output as _ticketbottle_order_v1_ScanOutcome__Output } from '../../../ticketbottle/order/v1/ScanOutcome.ts';
import type { Scan as _ticketbottle_order_v1_Scan, Scan__Output as _ticketbottle_order_v1_Scan__Output } from '../../../ticketbottle/order/v1/Scan.ts';

export interface ScanTicketResponse {
  'outcome'?: (_ticketbottle_order_v1_ScanOutcome);
  'previous'?: (_ticketbottle_order_v1_Scan | null);
  'replayed'?: (boolean);
  'className'?: (string);
  'fullName'?: (string);
}

export interface ScanTicketResponse__Output {
  'outcome': (_ticketbottle_order_v1_ScanOutcome__Output);
  'previous': (_ticketbottle_order_v1_Scan__Output | null);
  'replayed': (boolean);
  'className': (string);
  'fullName': (string);
}
