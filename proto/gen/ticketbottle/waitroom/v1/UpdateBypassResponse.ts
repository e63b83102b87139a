// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Long } from '@grpc/proto-loader';

export interface UpdateBypassResponse {
  'listed'?: (number | string | Long);
}

export interface UpdateBypassResponse__Output {
  'listed': (string);
}
