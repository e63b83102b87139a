// Original file: ticketbottle/user/v1/user.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface CreateSessionResponse {
  'sessionId'?: (string);
  'refreshToken'?: (string);
  'expireTime'?: (_google_protobuf_Timestamp | null);
}

export interface CreateSessionResponse__Output {
  'sessionId': (string);
  'refreshToken': (string);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
}
