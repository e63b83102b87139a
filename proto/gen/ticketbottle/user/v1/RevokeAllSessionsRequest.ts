// Original file: ticketbottle/user/v1/user.proto


export interface RevokeAllSessionsRequest {
  'userId'?: (string);
}

export interface RevokeAllSessionsRequest__Output {
  'userId': (string);
}
