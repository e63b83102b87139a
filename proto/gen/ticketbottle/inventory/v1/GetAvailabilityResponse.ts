// Original file: ticketbottle/inventory/v1/inventory.proto

import type { ClassAvailability as _ticketbottle_inventory_v1_ClassAvailability, ClassAvailability__Output as _ticketbottle_inventory_v1_ClassAvailability__Output } from '../../../ticketbottle/inventory/v1/ClassAvailability.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';

export interface GetAvailabilityResponse {
  'classes'?: (_ticketbottle_inventory_v1_ClassAvailability)[];
  'soldOut'?: (boolean);
  'readTime'?: (_google_protobuf_Timestamp | null);
}

export interface GetAvailabilityResponse__Output {
  'classes': (_ticketbottle_inventory_v1_ClassAvailability__Output)[];
  'soldOut': (boolean);
  'readTime': (_google_protobuf_Timestamp__Output | null);
}
