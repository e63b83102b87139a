// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface ClaimResponse {
  'admissionToken'?: (string);
  'expireTime'?: (_google_protobuf_Timestamp | null);
  'place'?: (number | string | Long);
}

export interface ClaimResponse__Output {
  'admissionToken': (string);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
  'place': (string);
}
