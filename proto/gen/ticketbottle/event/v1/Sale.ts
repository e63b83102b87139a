// Original file: ticketbottle/event/v1/sale.proto

import type { SaleContent as _ticketbottle_event_v1_SaleContent, SaleContent__Output as _ticketbottle_event_v1_SaleContent__Output } from '../../../ticketbottle/event/v1/SaleContent.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Sale {
  'name'?: (string);
  'organiserId'?: (string);
  'content'?: (_ticketbottle_event_v1_SaleContent | null);
  'phase'?: (string);
  'message'?: (string);
  'eventId'?: (string);
  'approvedBy'?: (string);
  'paused'?: (boolean);
  'pauseMessage'?: (string);
  'readOnly'?: (boolean);
  'soldCount'?: (number | string | Long);
  'totalCount'?: (number | string | Long);
  'waitingCount'?: (number | string | Long);
  'admittedCount'?: (number | string | Long);
  'etag'?: (string);
  'createTime'?: (_google_protobuf_Timestamp | null);
}

export interface Sale__Output {
  'name': (string);
  'organiserId': (string);
  'content': (_ticketbottle_event_v1_SaleContent__Output | null);
  'phase': (string);
  'message': (string);
  'eventId': (string);
  'approvedBy': (string);
  'paused': (boolean);
  'pauseMessage': (string);
  'readOnly': (boolean);
  'soldCount': (string);
  'totalCount': (string);
  'waitingCount': (string);
  'admittedCount': (string);
  'etag': (string);
  'createTime': (_google_protobuf_Timestamp__Output | null);
}
