// Original file: ticketbottle/inventory/v1/inventory.proto


export interface GetAvailabilityRequest {
  'eventId'?: (string);
}

export interface GetAvailabilityRequest__Output {
  'eventId': (string);
}
