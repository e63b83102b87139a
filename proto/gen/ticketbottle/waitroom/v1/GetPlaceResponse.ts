// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Tick as _ticketbottle_waitroom_v1_Tick, Tick__Output as _ticketbottle_waitroom_v1_Tick__Output } from '../../../ticketbottle/waitroom/v1/Tick.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetPlaceResponse {
  'number'?: (number | string | Long);
  'place'?: (number | string | Long);
  'admitted'?: (boolean);
  'claimed'?: (boolean);
  'claimByTime'?: (_google_protobuf_Timestamp | null);
  'tick'?: (_ticketbottle_waitroom_v1_Tick | null);
}

export interface GetPlaceResponse__Output {
  'number': (string);
  'place': (string);
  'admitted': (boolean);
  'claimed': (boolean);
  'claimByTime': (_google_protobuf_Timestamp__Output | null);
  'tick': (_ticketbottle_waitroom_v1_Tick__Output | null);
}
