// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface JoinRequest {
  'eventId'?: (string);
  'userId'?: (string);
}

export interface JoinRequest__Output {
  'eventId': (string);
  'userId': (string);
}
