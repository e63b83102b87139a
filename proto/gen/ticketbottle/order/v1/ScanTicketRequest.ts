// Original file: ticketbottle/order/v1/order.proto

import type { Scan as _ticketbottle_order_v1_Scan, Scan__Output as _ticketbottle_order_v1_Scan__Output } from '../../../ticketbottle/order/v1/Scan.ts';

export interface ScanTicketRequest {
  'ticketId'?: (string);
  'orderId'?: (string);
  'eventId'?: (string);
  'scan'?: (_ticketbottle_order_v1_Scan | null);
  'nonce'?: (string);
  'scannerId'?: (string);
}

export interface ScanTicketRequest__Output {
  'ticketId': (string);
  'orderId': (string);
  'eventId': (string);
  'scan': (_ticketbottle_order_v1_Scan__Output | null);
  'nonce': (string);
  'scannerId': (string);
}
