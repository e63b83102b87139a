// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface GetRoomRequest {
  'eventId'?: (string);
}

export interface GetRoomRequest__Output {
  'eventId': (string);
}
