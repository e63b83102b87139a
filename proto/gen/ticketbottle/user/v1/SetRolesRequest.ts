// Original file: ticketbottle/user/v1/user.proto

import type { Role as _ticketbottle_user_v1_Role, Role__Output as _ticketbottle_user_v1_Role__Output } from '../../../ticketbottle/user/v1/Role.ts';

export interface SetRolesRequest {
  'userId'?: (string);
  'roles'?: (_ticketbottle_user_v1_Role)[];
}

export interface SetRolesRequest__Output {
  'userId': (string);
  'roles': (_ticketbottle_user_v1_Role__Output)[];
}
