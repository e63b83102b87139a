// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface GetTickRequest {
  'eventId'?: (string);
}

export interface GetTickRequest__Output {
  'eventId': (string);
}
