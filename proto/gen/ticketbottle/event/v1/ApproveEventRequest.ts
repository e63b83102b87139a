// Original file: ticketbottle/event/v1/event.proto


export interface ApproveEventRequest {
  'eventId'?: (string);
}

export interface ApproveEventRequest__Output {
  'eventId': (string);
}
