// Original file: ticketbottle/user/v1/user.proto

import type { User as _ticketbottle_user_v1_User, User__Output as _ticketbottle_user_v1_User__Output } from '../../../ticketbottle/user/v1/User.ts';

export interface SetRolesResponse {
  'user'?: (_ticketbottle_user_v1_User | null);
  'sessionIds'?: (string)[];
}

export interface SetRolesResponse__Output {
  'user': (_ticketbottle_user_v1_User__Output | null);
  'sessionIds': (string)[];
}
