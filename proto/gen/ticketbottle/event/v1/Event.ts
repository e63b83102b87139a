// Original file: ticketbottle/event/v1/event.proto

import type { Venue as _ticketbottle_event_v1_Venue, Venue__Output as _ticketbottle_event_v1_Venue__Output } from '../../../ticketbottle/event/v1/Venue.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { TicketType as _ticketbottle_event_v1_TicketType, TicketType__Output as _ticketbottle_event_v1_TicketType__Output } from '../../../ticketbottle/event/v1/TicketType.ts';
import type { SaleWindow as _ticketbottle_event_v1_SaleWindow, SaleWindow__Output as _ticketbottle_event_v1_SaleWindow__Output } from '../../../ticketbottle/event/v1/SaleWindow.ts';
import type { EventState as _ticketbottle_event_v1_EventState, EventState__Output as _ticketbottle_event_v1_EventState__Output } from '../../../ticketbottle/event/v1/EventState.ts';

export interface Event {
  'id'?: (string);
  'name'?: (string);
  'description'?: (string);
  'venue'?: (_ticketbottle_event_v1_Venue | null);
  'startTime'?: (_google_protobuf_Timestamp | null);
  'ticketTypes'?: (_ticketbottle_event_v1_TicketType)[];
  'sale'?: (_ticketbottle_event_v1_SaleWindow | null);
  'state'?: (_ticketbottle_event_v1_EventState);
  'organiserId'?: (string);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'updateTime'?: (_google_protobuf_Timestamp | null);
}

export interface Event__Output {
  'id': (string);
  'name': (string);
  'description': (string);
  'venue': (_ticketbottle_event_v1_Venue__Output | null);
  'startTime': (_google_protobuf_Timestamp__Output | null);
  'ticketTypes': (_ticketbottle_event_v1_TicketType__Output)[];
  'sale': (_ticketbottle_event_v1_SaleWindow__Output | null);
  'state': (_ticketbottle_event_v1_EventState__Output);
  'organiserId': (string);
  'createTime': (_google_protobuf_Timestamp__Output | null);
  'updateTime': (_google_protobuf_Timestamp__Output | null);
}
