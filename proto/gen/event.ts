import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { ApproveEventRequest as _ticketbottle_event_v1_ApproveEventRequest, ApproveEventRequest__Output as _ticketbottle_event_v1_ApproveEventRequest__Output } from './ticketbottle/event/v1/ApproveEventRequest.ts';
import type { ApproveEventResponse as _ticketbottle_event_v1_ApproveEventResponse, ApproveEventResponse__Output as _ticketbottle_event_v1_ApproveEventResponse__Output } from './ticketbottle/event/v1/ApproveEventResponse.ts';
import type { CancelEventRequest as _ticketbottle_event_v1_CancelEventRequest, CancelEventRequest__Output as _ticketbottle_event_v1_CancelEventRequest__Output } from './ticketbottle/event/v1/CancelEventRequest.ts';
import type { CancelEventResponse as _ticketbottle_event_v1_CancelEventResponse, CancelEventResponse__Output as _ticketbottle_event_v1_CancelEventResponse__Output } from './ticketbottle/event/v1/CancelEventResponse.ts';
import type { Event as _ticketbottle_event_v1_Event, Event__Output as _ticketbottle_event_v1_Event__Output } from './ticketbottle/event/v1/Event.ts';
import type { EventCommandServiceClient as _ticketbottle_event_v1_EventCommandServiceClient, EventCommandServiceDefinition as _ticketbottle_event_v1_EventCommandServiceDefinition } from './ticketbottle/event/v1/EventCommandService.ts';
import type { EventQueryServiceClient as _ticketbottle_event_v1_EventQueryServiceClient, EventQueryServiceDefinition as _ticketbottle_event_v1_EventQueryServiceDefinition } from './ticketbottle/event/v1/EventQueryService.ts';
import type { GetEventRequest as _ticketbottle_event_v1_GetEventRequest, GetEventRequest__Output as _ticketbottle_event_v1_GetEventRequest__Output } from './ticketbottle/event/v1/GetEventRequest.ts';
import type { GetEventResponse as _ticketbottle_event_v1_GetEventResponse, GetEventResponse__Output as _ticketbottle_event_v1_GetEventResponse__Output } from './ticketbottle/event/v1/GetEventResponse.ts';
import type { ListEventsRequest as _ticketbottle_event_v1_ListEventsRequest, ListEventsRequest__Output as _ticketbottle_event_v1_ListEventsRequest__Output } from './ticketbottle/event/v1/ListEventsRequest.ts';
import type { ListEventsResponse as _ticketbottle_event_v1_ListEventsResponse, ListEventsResponse__Output as _ticketbottle_event_v1_ListEventsResponse__Output } from './ticketbottle/event/v1/ListEventsResponse.ts';
import type { PublishEventRequest as _ticketbottle_event_v1_PublishEventRequest, PublishEventRequest__Output as _ticketbottle_event_v1_PublishEventRequest__Output } from './ticketbottle/event/v1/PublishEventRequest.ts';
import type { PublishEventResponse as _ticketbottle_event_v1_PublishEventResponse, PublishEventResponse__Output as _ticketbottle_event_v1_PublishEventResponse__Output } from './ticketbottle/event/v1/PublishEventResponse.ts';
import type { SaleWindow as _ticketbottle_event_v1_SaleWindow, SaleWindow__Output as _ticketbottle_event_v1_SaleWindow__Output } from './ticketbottle/event/v1/SaleWindow.ts';
import type { TicketType as _ticketbottle_event_v1_TicketType, TicketType__Output as _ticketbottle_event_v1_TicketType__Output } from './ticketbottle/event/v1/TicketType.ts';
import type { UpsertEventRequest as _ticketbottle_event_v1_UpsertEventRequest, UpsertEventRequest__Output as _ticketbottle_event_v1_UpsertEventRequest__Output } from './ticketbottle/event/v1/UpsertEventRequest.ts';
import type { UpsertEventResponse as _ticketbottle_event_v1_UpsertEventResponse, UpsertEventResponse__Output as _ticketbottle_event_v1_UpsertEventResponse__Output } from './ticketbottle/event/v1/UpsertEventResponse.ts';
import type { Venue as _ticketbottle_event_v1_Venue, Venue__Output as _ticketbottle_event_v1_Venue__Output } from './ticketbottle/event/v1/Venue.ts';
import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from './ticketbottle/type/v1/Money.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  ticketbottle: {
    event: {
      v1: {
        ApproveEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_ApproveEventRequest, _ticketbottle_event_v1_ApproveEventRequest__Output>
        ApproveEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_ApproveEventResponse, _ticketbottle_event_v1_ApproveEventResponse__Output>
        CancelEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_CancelEventRequest, _ticketbottle_event_v1_CancelEventRequest__Output>
        CancelEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_CancelEventResponse, _ticketbottle_event_v1_CancelEventResponse__Output>
        Event: MessageTypeDefinition<_ticketbottle_event_v1_Event, _ticketbottle_event_v1_Event__Output>
        EventCommandService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_event_v1_EventCommandServiceClient> & { service: _ticketbottle_event_v1_EventCommandServiceDefinition }
        EventQueryService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_event_v1_EventQueryServiceClient> & { service: _ticketbottle_event_v1_EventQueryServiceDefinition }
        EventState: EnumTypeDefinition
        GetEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_GetEventRequest, _ticketbottle_event_v1_GetEventRequest__Output>
        GetEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_GetEventResponse, _ticketbottle_event_v1_GetEventResponse__Output>
        ListEventsRequest: MessageTypeDefinition<_ticketbottle_event_v1_ListEventsRequest, _ticketbottle_event_v1_ListEventsRequest__Output>
        ListEventsResponse: MessageTypeDefinition<_ticketbottle_event_v1_ListEventsResponse, _ticketbottle_event_v1_ListEventsResponse__Output>
        PublishEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_PublishEventRequest, _ticketbottle_event_v1_PublishEventRequest__Output>
        PublishEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_PublishEventResponse, _ticketbottle_event_v1_PublishEventResponse__Output>
        SaleWindow: MessageTypeDefinition<_ticketbottle_event_v1_SaleWindow, _ticketbottle_event_v1_SaleWindow__Output>
        TicketType: MessageTypeDefinition<_ticketbottle_event_v1_TicketType, _ticketbottle_event_v1_TicketType__Output>
        UpsertEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_UpsertEventRequest, _ticketbottle_event_v1_UpsertEventRequest__Output>
        UpsertEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_UpsertEventResponse, _ticketbottle_event_v1_UpsertEventResponse__Output>
        Venue: MessageTypeDefinition<_ticketbottle_event_v1_Venue, _ticketbottle_event_v1_Venue__Output>
      }
    }
    type: {
      v1: {
        Money: MessageTypeDefinition<_ticketbottle_type_v1_Money, _ticketbottle_type_v1_Money__Output>
      }
    }
  }
}

