// Original file: ticketbottle/inventory/v1/inventory.proto

import type { ReservedLine as _ticketbottle_inventory_v1_ReservedLine, ReservedLine__Output as _ticketbottle_inventory_v1_ReservedLine__Output } from '../../../ticketbottle/inventory/v1/ReservedLine.ts';
import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from '../../../ticketbottle/type/v1/Money.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface ReserveResponse {
  'lines'?: (_ticketbottle_inventory_v1_ReservedLine)[];
  'total'?: (_ticketbottle_type_v1_Money | null);
  'expireTime'?: (_google_protobuf_Timestamp | null);
}

export interface ReserveResponse__Output {
  'lines': (_ticketbottle_inventory_v1_ReservedLine__Output)[];
  'total': (_ticketbottle_type_v1_Money__Output | null);
  'expireTime': (_google_protobuf_Timestamp__Output | null);
}
