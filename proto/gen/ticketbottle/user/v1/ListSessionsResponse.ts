// Original file: ticketbottle/user/v1/user.proto

import type { Session as _ticketbottle_user_v1_Session, Session__Output as _ticketbottle_user_v1_Session__Output } from '../../../ticketbottle/user/v1/Session.ts';

export interface ListSessionsResponse {
  'sessions'?: (_ticketbottle_user_v1_Session)[];
}

export interface ListSessionsResponse__Output {
  'sessions': (_ticketbottle_user_v1_Session__Output)[];
}
