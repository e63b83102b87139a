// Original file: ticketbottle/event/v1/event.proto


export interface CancelEventRequest {
  'eventId'?: (string);
  'reason'?: (string);
}

export interface CancelEventRequest__Output {
  'eventId': (string);
  'reason': (string);
}
