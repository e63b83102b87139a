// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Tick as _ticketbottle_waitroom_v1_Tick, Tick__Output as _ticketbottle_waitroom_v1_Tick__Output } from '../../../ticketbottle/waitroom/v1/Tick.ts';

export interface GetTickResponse {
  'tick'?: (_ticketbottle_waitroom_v1_Tick | null);
}

export interface GetTickResponse__Output {
  'tick': (_ticketbottle_waitroom_v1_Tick__Output | null);
}
