// Original file: ticketbottle/user/v1/user.proto


export interface ConfirmPasswordResetRequest {
  'token'?: (string);
  'newPassword'?: (string);
}

export interface ConfirmPasswordResetRequest__Output {
  'token': (string);
  'newPassword': (string);
}
