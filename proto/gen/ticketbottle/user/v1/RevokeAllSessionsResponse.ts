// Original file: ticketbottle/user/v1/user.proto


export interface RevokeAllSessionsResponse {
  'revokedCount'?: (number);
}

export interface RevokeAllSessionsResponse__Output {
  'revokedCount': (number);
}
