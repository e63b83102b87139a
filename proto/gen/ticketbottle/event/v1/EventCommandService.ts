// Original file: ticketbottle/event/v1/event.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApproveEventRequest as _ticketbottle_event_v1_ApproveEventRequest, ApproveEventRequest__Output as _ticketbottle_event_v1_ApproveEventRequest__Output } from '../../../ticketbottle/event/v1/ApproveEventRequest.ts';
import type { ApproveEventResponse as _ticketbottle_event_v1_ApproveEventResponse, ApproveEventResponse__Output as _ticketbottle_event_v1_ApproveEventResponse__Output } from '../../../ticketbottle/event/v1/ApproveEventResponse.ts';
import type { CancelEventRequest as _ticketbottle_event_v1_CancelEventRequest, CancelEventRequest__Output as _ticketbottle_event_v1_CancelEventRequest__Output } from '../../../ticketbottle/event/v1/CancelEventRequest.ts';
import type { CancelEventResponse as _ticketbottle_event_v1_CancelEventResponse, CancelEventResponse__Output as _ticketbottle_event_v1_CancelEventResponse__Output } from '../../../ticketbottle/event/v1/CancelEventResponse.ts';
import type { PublishEventRequest as _ticketbottle_event_v1_PublishEventRequest, PublishEventRequest__Output as _ticketbottle_event_v1_PublishEventRequest__Output } from '../../../ticketbottle/event/v1/PublishEventRequest.ts';
import type { PublishEventResponse as _ticketbottle_event_v1_PublishEventResponse, PublishEventResponse__Output as _ticketbottle_event_v1_PublishEventResponse__Output } from '../../../ticketbottle/event/v1/PublishEventResponse.ts';
import type { UpsertEventRequest as _ticketbottle_event_v1_UpsertEventRequest, UpsertEventRequest__Output as _ticketbottle_event_v1_UpsertEventRequest__Output } from '../../../ticketbottle/event/v1/UpsertEventRequest.ts';
import type { UpsertEventResponse as _ticketbottle_event_v1_UpsertEventResponse, UpsertEventResponse__Output as _ticketbottle_event_v1_UpsertEventResponse__Output } from '../../../ticketbottle/event/v1/UpsertEventResponse.ts';

export interface EventCommandServiceClient extends grpc.Client {
  ApproveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  ApproveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  ApproveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  ApproveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  approveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  approveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  approveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  approveEvent(argument: _ticketbottle_event_v1_ApproveEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ApproveEventResponse__Output>): grpc.ClientUnaryCall;
  
  CancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  CancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  CancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  CancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_event_v1_CancelEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  
  PublishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  PublishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  PublishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  PublishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  publishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  publishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  publishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  publishEvent(argument: _ticketbottle_event_v1_PublishEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_PublishEventResponse__Output>): grpc.ClientUnaryCall;
  
  UpsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  UpsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  UpsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  UpsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  upsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  upsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  upsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  upsertEvent(argument: _ticketbottle_event_v1_UpsertEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_UpsertEventResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface EventCommandServiceHandlers extends grpc.UntypedServiceImplementation {
  ApproveEvent: grpc.handleUnaryCall<_ticketbottle_event_v1_ApproveEventRequest__Output, _ticketbottle_event_v1_ApproveEventResponse>;
  
  CancelEvent: grpc.handleUnaryCall<_ticketbottle_event_v1_CancelEventRequest__Output, _ticketbottle_event_v1_CancelEventResponse>;
  
  PublishEvent: grpc.handleUnaryCall<_ticketbottle_event_v1_PublishEventRequest__Output, _ticketbottle_event_v1_PublishEventResponse>;
  
  UpsertEvent: grpc.handleUnaryCall<_ticketbottle_event_v1_UpsertEventRequest__Output, _ticketbottle_event_v1_UpsertEventResponse>;
  
}

export interface EventCommandServiceDefinition extends grpc.ServiceDefinition {
  ApproveEvent: MethodDefinition<_ticketbottle_event_v1_ApproveEventRequest, _ticketbottle_event_v1_ApproveEventResponse, _ticketbottle_event_v1_ApproveEventRequest__Output, _ticketbottle_event_v1_ApproveEventResponse__Output>
  CancelEvent: MethodDefinition<_ticketbottle_event_v1_CancelEventRequest, _ticketbottle_event_v1_CancelEventResponse, _ticketbottle_event_v1_CancelEventRequest__Output, _ticketbottle_event_v1_CancelEventResponse__Output>
  PublishEvent: MethodDefinition<_ticketbottle_event_v1_PublishEventRequest, _ticketbottle_event_v1_PublishEventResponse, _ticketbottle_event_v1_PublishEventRequest__Output, _ticketbottle_event_v1_PublishEventResponse__Output>
  UpsertEvent: MethodDefinition<_ticketbottle_event_v1_UpsertEventRequest, _ticketbottle_event_v1_UpsertEventResponse, _ticketbottle_event_v1_UpsertEventRequest__Output, _ticketbottle_event_v1_UpsertEventResponse__Output>
}
