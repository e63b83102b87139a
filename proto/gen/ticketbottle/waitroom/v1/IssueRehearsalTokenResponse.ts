// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface IssueRehearsalTokenResponse {
  'admissionToken'?: (string);
  'expireTime'?: (_google_protobuf_Timestamp | null);
}

export interface IssueRehearsalTokenResponse__Output {
  'admissionToken': (string);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
}
