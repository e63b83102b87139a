// Original file: ticketbottle/user/v1/user.proto


export interface ChangePasswordRequest {
  'userId'?: (string);
  'currentPassword'?: (string);
  'newPassword'?: (string);
  'sessionId'?: (string);
}

export interface ChangePasswordRequest__Output {
  'userId': (string);
  'currentPassword': (string);
  'newPassword': (string);
  'sessionId': (string);
}
