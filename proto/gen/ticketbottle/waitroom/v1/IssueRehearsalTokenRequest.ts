// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface IssueRehearsalTokenRequest {
  'eventId'?: (string);
  'userId'?: (string);
}

export interface IssueRehearsalTokenRequest__Output {
  'eventId': (string);
  'userId': (string);
}
