// Original file: ticketbottle/event/v1/event.proto

import type { EventState as _ticketbottle_event_v1_EventState, EventState__Output as _ticketbottle_event_v1_EventState__Output } from '../../../ticketbottle/event/v1/EventState.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface ListEventsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'state'?: (_ticketbottle_event_v1_EventState);
  'organiserId'?: (string);
  'updatedAfter'?: (_google_protobuf_Timestamp | null);
}

export interface ListEventsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'state': (_ticketbottle_event_v1_EventState__Output);
  'organiserId': (string);
  'updatedAfter': (_google_protobuf_Timestamp__Output | null);
}
