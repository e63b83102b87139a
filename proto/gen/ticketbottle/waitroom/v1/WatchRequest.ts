// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface WatchRequest {
  'eventId'?: (string);
}

export interface WatchRequest__Output {
  'eventId': (string);
}
