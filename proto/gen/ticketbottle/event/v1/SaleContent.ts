// Original file: ticketbottle/event/v1/sale.proto

import type { Venue as _ticketbottle_event_v1_Venue, Venue__Output as _ticketbottle_event_v1_Venue__Output } from '../../../ticketbottle/event/v1/Venue.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { SaleClass as _ticketbottle_event_v1_SaleClass, SaleClass__Output as _ticketbottle_event_v1_SaleClass__Output } from '../../../ticketbottle/event/v1/SaleClass.ts';

export interface SaleContent {
  'eventName'?: (string);
  'description'?: (string);
  'venue'?: (_ticketbottle_event_v1_Venue | null);
  'startTime'?: (_google_protobuf_Timestamp | null);
  'classes'?: (_ticketbottle_event_v1_SaleClass)[];
  'preQueueTime'?: (_google_protobuf_Timestamp | null);
  'openTime'?: (_google_protobuf_Timestamp | null);
  'closeTime'?: (_google_protobuf_Timestamp | null);
  'timeZone'?: (string);
  'expectedBuyers'?: (number);
  'peakJoinsPerSecond'?: (number);
}

export interface SaleContent__Output {
  'eventName': (string);
  'description': (string);
  'venue': (_ticketbottle_event_v1_Venue__Output | null);
  'startTime': (_google_protobuf_Timestamp__Output | null);
  'classes': (_ticketbottle_event_v1_SaleClass__Output)[];
  'preQueueTime': (_google_protobuf_Timestamp__Output | null);
  'openTime': (_google_protobuf_Timestamp__Output | null);
  'closeTime': (_google_protobuf_Timestamp__Output | null);
  'timeZone': (string);
  'expectedBuyers': (number);
  'peakJoinsPerSecond': (number);
}
