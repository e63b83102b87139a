// Original file: ticketbottle/type/v1/money.proto

import type { Long } from '@grpc/proto-loader';

export interface Money {
  'amountMinor'?: (number | string | Long);
  'currency'?: (string);
}

export interface Money__Output {
  'amountMinor': (string);
  'currency': (string);
}
