// Original file: ticketbottle/user/v1/user.proto


export interface CreateSessionRequest {
  'userId'?: (string);
  'userAgent'?: (string);
}

export interface CreateSessionRequest__Output {
  'userId': (string);
  'userAgent': (string);
}
