// Original file: ticketbottle/event/v1/event.proto


export interface PublishEventRequest {
  'eventId'?: (string);
}

export interface PublishEventRequest__Output {
  'eventId': (string);
}
