// Original file: ticketbottle/event/v1/event.proto


export interface GetEventRequest {
  'eventId'?: (string);
}

export interface GetEventRequest__Output {
  'eventId': (string);
}
