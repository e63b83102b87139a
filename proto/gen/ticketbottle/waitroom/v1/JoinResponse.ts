// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Tick as _ticketbottle_waitroom_v1_Tick, Tick__Output as _ticketbottle_waitroom_v1_Tick__Output } from '../../../ticketbottle/waitroom/v1/Tick.ts';
import type { Long } from '@grpc/proto-loader';

export interface JoinResponse {
  'sessionId'?: (string);
  'number'?: (number | string | Long);
  'epoch'?: (number | string | Long);
  'place'?: (number | string | Long);
  'tick'?: (_ticketbottle_waitroom_v1_Tick | null);
  'rejoined'?: (boolean);
}

export interface JoinResponse__Output {
  'sessionId': (string);
  'number': (string);
  'epoch': (string);
  'place': (string);
  'tick': (_ticketbottle_waitroom_v1_Tick__Output | null);
  'rejoined': (boolean);
}
