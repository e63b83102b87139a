// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Tick as _ticketbottle_waitroom_v1_Tick, Tick__Output as _ticketbottle_waitroom_v1_Tick__Output } from '../../../ticketbottle/waitroom/v1/Tick.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetRoomResponse {
  'tick'?: (_ticketbottle_waitroom_v1_Tick | null);
  'waiting'?: (number | string | Long);
  'active'?: (number | string | Long);
  'admitted'?: (number | string | Long);
  'abandoned'?: (number | string | Long);
  'gateGeneration'?: (number | string | Long);
  'firstAdmissionTime'?: (_google_protobuf_Timestamp | null);
  'maxConcurrentCheckouts'?: (number);
  'admissionsPerMinute'?: (number | string);
  'idled'?: (number | string | Long);
  'bypassed'?: (number | string | Long);
  'voided'?: (number | string | Long);
  'failovers'?: (number | string | Long);
}

export interface GetRoomResponse__Output {
  'tick': (_ticketbottle_waitroom_v1_Tick__Output | null);
  'waiting': (string);
  'active': (string);
  'admitted': (string);
  'abandoned': (string);
  'gateGeneration': (string);
  'firstAdmissionTime': (_google_protobuf_Timestamp__Output | null);
  'maxConcurrentCheckouts': (number);
  'admissionsPerMinute': (number);
  'idled': (string);
  'bypassed': (string);
  'voided': (string);
  'failovers': (string);
}
