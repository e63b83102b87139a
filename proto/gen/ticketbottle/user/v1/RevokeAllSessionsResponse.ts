// Original file: ticketbottle/user/v1/user.proto


export interface RevokeAllSessionsResponse {
  'revokedCount'?: (number);
  'sessionIds'?: (string)[];
}

export interface RevokeAllSessionsResponse__Output {
  'revokedCount': (number);
  'sessionIds': (string)[];
}
