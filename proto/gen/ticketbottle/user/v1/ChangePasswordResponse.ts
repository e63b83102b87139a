// Original file: ticketbottle/user/v1/user.proto


export interface ChangePasswordResponse {
  'sessionIds'?: (string)[];
}

export interface ChangePasswordResponse__Output {
  'sessionIds': (string)[];
}
