// Original file: ticketbottle/user/v1/user.proto


export interface RotateSessionRequest {
  'refreshToken'?: (string);
}

export interface RotateSessionRequest__Output {
  'refreshToken': (string);
}
