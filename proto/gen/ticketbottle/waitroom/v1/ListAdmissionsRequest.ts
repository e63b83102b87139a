// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface ListAdmissionsRequest {
  'eventId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListAdmissionsRequest__Output {
  'eventId': (string);
  'pageSize': (number);
  'pageToken': (string);
}
