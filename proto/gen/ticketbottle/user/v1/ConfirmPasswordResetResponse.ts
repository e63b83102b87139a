// Original file: ticketbottle/user/v1/user.proto


export interface ConfirmPasswordResetResponse {
  'userId'?: (string);
  'sessionIds'?: (string)[];
  'email'?: (string);
}

export interface ConfirmPasswordResetResponse__Output {
  'userId': (string);
  'sessionIds': (string)[];
  'email': (string);
}
