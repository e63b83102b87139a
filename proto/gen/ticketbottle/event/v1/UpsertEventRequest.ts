// Original file: ticketbottle/event/v1/event.proto

import type { Event as _ticketbottle_event_v1_Event, Event__Output as _ticketbottle_event_v1_Event__Output } from '../../../ticketbottle/event/v1/Event.ts';

export interface UpsertEventRequest {
  'requestId'?: (string);
  'event'?: (_ticketbottle_event_v1_Event | null);
}

export interface UpsertEventRequest__Output {
  'requestId': (string);
  'event': (_ticketbottle_event_v1_Event__Output | null);
}
