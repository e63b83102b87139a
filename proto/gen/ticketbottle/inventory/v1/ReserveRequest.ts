// Original file: ticketbottle/inventory/v1/inventory.proto

import type { ReserveLine as _ticketbottle_inventory_v1_ReserveLine, ReserveLine__Output as _ticketbottle_inventory_v1_ReserveLine__Output } from '../../../ticketbottle/inventory/v1/ReserveLine.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface ReserveRequest {
  'orderId'?: (string);
  'eventId'?: (string);
  'userId'?: (string);
  'lines'?: (_ticketbottle_inventory_v1_ReserveLine)[];
  'expireTime'?: (_google_protobuf_Timestamp | null);
  'rehearsal'?: (boolean);
}

export interface ReserveRequest__Output {
  'orderId': (string);
  'eventId': (string);
  'userId': (string);
  'lines': (_ticketbottle_inventory_v1_ReserveLine__Output)[];
  'expireTime': (_google_protobuf_Timestamp__Output | null);
  'rehearsal': (boolean);
}
