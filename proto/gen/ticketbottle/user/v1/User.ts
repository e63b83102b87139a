// Original file: ticketbottle/user/v1/user.proto

import type { Role as _ticketbottle_user_v1_Role, Role__Output as _ticketbottle_user_v1_Role__Output } from '../../../ticketbottle/user/v1/Role.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface User {
  'id'?: (string);
  'email'?: (string);
  'fullName'?: (string);
  'roles'?: (_ticketbottle_user_v1_Role)[];
  'createTime'?: (_google_protobuf_Timestamp | null);
}

export interface User__Output {
  'id': (string);
  'email': (string);
  'fullName': (string);
  'roles': (_ticketbottle_user_v1_Role__Output)[];
  'createTime': (_google_protobuf_Timestamp__Output | null);
}
