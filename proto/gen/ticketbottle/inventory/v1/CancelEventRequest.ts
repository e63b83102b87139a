// Original file: ticketbottle/inventory/v1/inventory.proto


export interface CancelEventRequest {
  'eventId'?: (string);
}

export interface CancelEventRequest__Output {
  'eventId': (string);
}
