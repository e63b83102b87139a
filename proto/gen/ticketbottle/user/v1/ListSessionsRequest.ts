// Original file: ticketbottle/user/v1/user.proto


export interface ListSessionsRequest {
  'userId'?: (string);
}

export interface ListSessionsRequest__Output {
  'userId': (string);
}
