// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface GetPlaceRequest {
  'eventId'?: (string);
  'userId'?: (string);
}

export interface GetPlaceRequest__Output {
  'eventId': (string);
  'userId': (string);
}
