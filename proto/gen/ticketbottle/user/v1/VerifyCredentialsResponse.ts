// Original file: ticketbottle/user/v1/user.proto

import type { User as _ticketbottle_user_v1_User, User__Output as _ticketbottle_user_v1_User__Output } from '../../../ticketbottle/user/v1/User.ts';

export interface VerifyCredentialsResponse {
  'user'?: (_ticketbottle_user_v1_User | null);
}

export interface VerifyCredentialsResponse__Output {
  'user': (_ticketbottle_user_v1_User__Output | null);
}
