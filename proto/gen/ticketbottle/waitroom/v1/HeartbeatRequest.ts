// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface HeartbeatRequest {
  'eventId'?: (string);
  'userId'?: (string);
}

export interface HeartbeatRequest__Output {
  'eventId': (string);
  'userId': (string);
}
