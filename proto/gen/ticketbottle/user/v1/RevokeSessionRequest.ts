// Original file: ticketbottle/user/v1/user.proto


export interface RevokeSessionRequest {
  'refreshToken'?: (string);
  'sessionId'?: (string);
  'userId'?: (string);
}

export interface RevokeSessionRequest__Output {
  'refreshToken': (string);
  'sessionId': (string);
  'userId': (string);
}
