// Original file: ticketbottle/event/v1/event.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetEventRequest as _ticketbottle_event_v1_GetEventRequest, GetEventRequest__Output as _ticketbottle_event_v1_GetEventRequest__Output } from '../../../ticketbottle/event/v1/GetEventRequest.ts';
import type { GetEventResponse as _ticketbottle_event_v1_GetEventResponse, GetEventResponse__Output as _ticketbottle_event_v1_GetEventResponse__Output } from '../../../ticketbottle/event/v1/GetEventResponse.ts';
import type { ListEventsRequest as _ticketbottle_event_v1_ListEventsRequest, ListEventsRequest__Output as _ticketbottle_event_v1_ListEventsRequest__Output } from '../../../ticketbottle/event/v1/ListEventsRequest.ts';
import type { ListEventsResponse as _ticketbottle_event_v1_ListEventsResponse, ListEventsResponse__Output as _ticketbottle_event_v1_ListEventsResponse__Output } from '../../../ticketbottle/event/v1/ListEventsResponse.ts';

export interface EventQueryServiceClient extends grpc.Client {
  GetEvent(argument: _ticketbottle_event_v1_GetEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  GetEvent(argument: _ticketbottle_event_v1_GetEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  GetEvent(argument: _ticketbottle_event_v1_GetEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  GetEvent(argument: _ticketbottle_event_v1_GetEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  getEvent(argument: _ticketbottle_event_v1_GetEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  getEvent(argument: _ticketbottle_event_v1_GetEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  getEvent(argument: _ticketbottle_event_v1_GetEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  getEvent(argument: _ticketbottle_event_v1_GetEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_GetEventResponse__Output>): grpc.ClientUnaryCall;
  
  ListEvents(argument: _ticketbottle_event_v1_ListEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _ticketbottle_event_v1_ListEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _ticketbottle_event_v1_ListEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _ticketbottle_event_v1_ListEventsRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _ticketbottle_event_v1_ListEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _ticketbottle_event_v1_ListEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _ticketbottle_event_v1_ListEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _ticketbottle_event_v1_ListEventsRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface EventQueryServiceHandlers extends grpc.UntypedServiceImplementation {
  GetEvent: grpc.handleUnaryCall<_ticketbottle_event_v1_GetEventRequest__Output, _ticketbottle_event_v1_GetEventResponse>;
  
  ListEvents: grpc.handleUnaryCall<_ticketbottle_event_v1_ListEventsRequest__Output, _ticketbottle_event_v1_ListEventsResponse>;
  
}

export interface EventQueryServiceDefinition extends grpc.ServiceDefinition {
  GetEvent: MethodDefinition<_ticketbottle_event_v1_GetEventRequest, _ticketbottle_event_v1_GetEventResponse, _ticketbottle_event_v1_GetEventRequest__Output, _ticketbottle_event_v1_GetEventResponse__Output>
  ListEvents: MethodDefinition<_ticketbottle_event_v1_ListEventsRequest, _ticketbottle_event_v1_ListEventsResponse, _ticketbottle_event_v1_ListEventsRequest__Output, _ticketbottle_event_v1_ListEventsResponse__Output>
}
