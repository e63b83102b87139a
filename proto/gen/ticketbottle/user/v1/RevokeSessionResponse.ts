// Original file: ticketbottle/user/v1/user.proto


export interface RevokeSessionResponse {
  'revoked'?: (boolean);
}

export interface RevokeSessionResponse__Output {
  'revoked': (boolean);
}
