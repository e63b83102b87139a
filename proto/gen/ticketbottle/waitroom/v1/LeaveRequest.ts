// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface LeaveRequest {
  'eventId'?: (string);
  'userId'?: (string);
}

export interface LeaveRequest__Output {
  'eventId': (string);
  'userId': (string);
}
