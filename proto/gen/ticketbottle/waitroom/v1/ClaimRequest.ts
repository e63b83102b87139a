// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface ClaimRequest {
  'eventId'?: (string);
  'userId'?: (string);
}

export interface ClaimRequest__Output {
  'eventId': (string);
  'userId': (string);
}
