// Original file: ticketbottle/event/v1/event.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface SaleWindow {
  'preQueueTime'?: (_google_protobuf_Timestamp | null);
  'openTime'?: (_google_protobuf_Timestamp | null);
  'closeTime'?: (_google_protobuf_Timestamp | null);
  'timeZone'?: (string);
}

export interface SaleWindow__Output {
  'preQueueTime': (_google_protobuf_Timestamp__Output | null);
  'openTime': (_google_protobuf_Timestamp__Output | null);
  'closeTime': (_google_protobuf_Timestamp__Output | null);
  'timeZone': (string);
}
