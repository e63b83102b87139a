// Original file: ticketbottle/user/v1/user.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface Session {
  'id'?: (string);
  'userAgent'?: (string);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'lastUseTime'?: (_google_protobuf_Timestamp | null);
  'expireTime'?: (_google_protobuf_Timestamp | null);
}

export interface Session__Output {
  'id': (string);
  'userAgent': (string);
  'createTime': (_google_protobuf_Timestamp__Output | null);
  'lastUseTime': (_google_protobuf_Timestamp__Output | null);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
}
