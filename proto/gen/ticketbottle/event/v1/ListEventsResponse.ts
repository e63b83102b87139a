// Original file: ticketbottle/event/v1/event.proto

import type { Event as _ticketbottle_event_v1_Event, Event__Output as _ticketbottle_event_v1_Event__Output } from '../../../ticketbottle/event/v1/Event.ts';

export interface ListEventsResponse {
  'events'?: (_ticketbottle_event_v1_Event)[];
  'nextPageToken'?: (string);
}

export interface ListEventsResponse__Output {
  'events': (_ticketbottle_event_v1_Event__Output)[];
  'nextPageToken': (string);
}
