// Original file: ticketbottle/order/v1/order.proto

import type { ScanDirection as _ticketbottle_order_v1_ScanDirection, ScanDirection__Output as _ticketbottle_order_v1_ScanDirection__Output } from '../../../ticketbottle/order/v1/ScanDirection.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface Scan {
  'gate'?: (string);
  'direction'?: (_ticketbottle_order_v1_ScanDirection);
  'scanTime'?: (_google_protobuf_Timestamp | null);
}

export interface Scan__Output {
  'gate': (string);
  'direction': (_ticketbottle_order_v1_ScanDirection__Output);
  'scanTime': (_google_protobuf_Timestamp__Output | null);
}
