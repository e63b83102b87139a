// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface ReleaseSlotRequest {
  'eventId'?: (string);
  'userId'?: (string);
  'outcome'?: (string);
}

export interface ReleaseSlotRequest__Output {
  'eventId': (string);
  'userId': (string);
  'outcome': (string);
}
