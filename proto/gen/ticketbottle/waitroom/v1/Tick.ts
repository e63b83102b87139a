// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { RoomState as _ticketbottle_waitroom_v1_RoomState, RoomState__Output as _ticketbottle_waitroom_v1_RoomState__Output } from '../../../ticketbottle/waitroom/v1/RoomState.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Tick {
  'eventId'?: (string);
  'epoch'?: (number | string | Long);
  'seq'?: (number | string | Long);
  'state'?: (_ticketbottle_waitroom_v1_RoomState);
  'served'?: (number | string | Long);
  'issued'?: (number | string | Long);
  'ratePerSecond'?: (number | string);
  'openTime'?: (_google_protobuf_Timestamp | null);
  'shuffledCount'?: (number | string | Long);
  'seedCommitment'?: (string);
  'seed'?: (string);
  'message'?: (string);
  'serverTime'?: (_google_protobuf_Timestamp | null);
  'nextTickMs'?: (number);
}

export interface Tick__Output {
  'eventId': (string);
  'epoch': (string);
  'seq': (string);
  'state': (_ticketbottle_waitroom_v1_RoomState__Output);
  'served': (string);
  'issued': (string);
  'ratePerSecond': (number);
  'openTime': (_google_protobuf_Timestamp__Output | null);
  'shuffledCount': (string);
  'seedCommitment': (string);
  'seed': (string);
  'message': (string);
  'serverTime': (_google_protobuf_Timestamp__Output | null);
  'nextTickMs': (number);
}
