// Original file: ticketbottle/event/v1/event.proto

import type { EventState as _ticketbottle_event_v1_EventState, EventState__Output as _ticketbottle_event_v1_EventState__Output } from '../../../ticketbottle/event/v1/EventState.ts';

export interface ListEventsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'state'?: (_ticketbottle_event_v1_EventState);
  'organiserId'?: (string);
}

export interface ListEventsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'state': (_ticketbottle_event_v1_EventState__Output);
  'organiserId': (string);
}
