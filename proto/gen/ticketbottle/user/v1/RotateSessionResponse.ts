// Original file: ticketbottle/user/v1/user.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { User as _ticketbottle_user_v1_User, User__Output as _ticketbottle_user_v1_User__Output } from '../../../ticketbottle/user/v1/User.ts';

export interface RotateSessionResponse {
  'sessionId'?: (string);
  'refreshToken'?: (string);
  'expireTime'?: (_google_protobuf_Timestamp | null);
  'user'?: (_ticketbottle_user_v1_User | null);
}

export interface RotateSessionResponse__Output {
  'sessionId': (string);
  'refreshToken': (string);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
  'user': (_ticketbottle_user_v1_User__Output | null);
}
