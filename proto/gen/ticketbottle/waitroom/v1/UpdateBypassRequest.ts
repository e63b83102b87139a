// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface UpdateBypassRequest {
  'eventId'?: (string);
  'addUserIds'?: (string)[];
  'removeUserIds'?: (string)[];
}

export interface UpdateBypassRequest__Output {
  'eventId': (string);
  'addUserIds': (string)[];
  'removeUserIds': (string)[];
}
