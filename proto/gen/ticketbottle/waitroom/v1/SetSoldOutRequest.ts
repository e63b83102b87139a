// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface SetSoldOutRequest {
  'eventId'?: (string);
  'soldOut'?: (boolean);
}

export interface SetSoldOutRequest__Output {
  'eventId': (string);
  'soldOut': (boolean);
}
