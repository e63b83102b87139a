// Original file: ticketbottle/user/v1/user.proto


export interface GetUserRequest {
  'id'?: (string);
  'email'?: (string);
  'key'?: "id"|"email";
}

export interface GetUserRequest__Output {
  'id'?: (string);
  'email'?: (string);
  'key'?: "id"|"email";
}
