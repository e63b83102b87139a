// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Admission {
  'place'?: (number | string | Long);
  'number'?: (number | string | Long);
  'userId'?: (string);
  'grantTime'?: (_google_protobuf_Timestamp | null);
  'servedAtGrant'?: (number | string | Long);
}

export interface Admission__Output {
  'place': (string);
  'number': (string);
  'userId': (string);
  'grantTime': (_google_protobuf_Timestamp__Output | null);
  'servedAtGrant': (string);
}
