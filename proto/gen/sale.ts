import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { ApproveEventRequest as _ticketbottle_event_v1_ApproveEventRequest, ApproveEventRequest__Output as _ticketbottle_event_v1_ApproveEventRequest__Output } from './ticketbottle/event/v1/ApproveEventRequest.ts';
import type { ApproveEventResponse as _ticketbottle_event_v1_ApproveEventResponse, ApproveEventResponse__Output as _ticketbottle_event_v1_ApproveEventResponse__Output } from './ticketbottle/event/v1/ApproveEventResponse.ts';
import type { CancelEventRequest as _ticketbottle_event_v1_CancelEventRequest, CancelEventRequest__Output as _ticketbottle_event_v1_CancelEventRequest__Output } from './ticketbottle/event/v1/CancelEventRequest.ts';
import type { CancelEventResponse as _ticketbottle_event_v1_CancelEventResponse, CancelEventResponse__Output as _ticketbottle_event_v1_CancelEventResponse__Output } from './ticketbottle/event/v1/CancelEventResponse.ts';
import type { CancelSaleEventRequest as _ticketbottle_event_v1_CancelSaleEventRequest, CancelSaleEventRequest__Output as _ticketbottle_event_v1_CancelSaleEventRequest__Output } from './ticketbottle/event/v1/CancelSaleEventRequest.ts';
import type { CancelSaleEventResponse as _ticketbottle_event_v1_CancelSaleEventResponse, CancelSaleEventResponse__Output as _ticketbottle_event_v1_CancelSaleEventResponse__Output } from './ticketbottle/event/v1/CancelSaleEventResponse.ts';
import type { CloseSaleRequest as _ticketbottle_event_v1_CloseSaleRequest, CloseSaleRequest__Output as _ticketbottle_event_v1_CloseSaleRequest__Output } from './ticketbottle/event/v1/CloseSaleRequest.ts';
import type { CloseSaleResponse as _ticketbottle_event_v1_CloseSaleResponse, CloseSaleResponse__Output as _ticketbottle_event_v1_CloseSaleResponse__Output } from './ticketbottle/event/v1/CloseSaleResponse.ts';
import type { Event as _ticketbottle_event_v1_Event, Event__Output as _ticketbottle_event_v1_Event__Output } from './ticketbottle/event/v1/Event.ts';
import type { EventCommandServiceClient as _ticketbottle_event_v1_EventCommandServiceClient, EventCommandServiceDefinition as _ticketbottle_event_v1_EventCommandServiceDefinition } from './ticketbottle/event/v1/EventCommandService.ts';
import type { EventQueryServiceClient as _ticketbottle_event_v1_EventQueryServiceClient, EventQueryServiceDefinition as _ticketbottle_event_v1_EventQueryServiceDefinition } from './ticketbottle/event/v1/EventQueryService.ts';
import type { GetEventRequest as _ticketbottle_event_v1_GetEventRequest, GetEventRequest__Output as _ticketbottle_event_v1_GetEventRequest__Output } from './ticketbottle/event/v1/GetEventRequest.ts';
import type { GetEventResponse as _ticketbottle_event_v1_GetEventResponse, GetEventResponse__Output as _ticketbottle_event_v1_GetEventResponse__Output } from './ticketbottle/event/v1/GetEventResponse.ts';
import type { GetSaleHistoryRequest as _ticketbottle_event_v1_GetSaleHistoryRequest, GetSaleHistoryRequest__Output as _ticketbottle_event_v1_GetSaleHistoryRequest__Output } from './ticketbottle/event/v1/GetSaleHistoryRequest.ts';
import type { GetSaleHistoryResponse as _ticketbottle_event_v1_GetSaleHistoryResponse, GetSaleHistoryResponse__Output as _ticketbottle_event_v1_GetSaleHistoryResponse__Output } from './ticketbottle/event/v1/GetSaleHistoryResponse.ts';
import type { GetSaleRequest as _ticketbottle_event_v1_GetSaleRequest, GetSaleRequest__Output as _ticketbottle_event_v1_GetSaleRequest__Output } from './ticketbottle/event/v1/GetSaleRequest.ts';
import type { GetSaleResponse as _ticketbottle_event_v1_GetSaleResponse, GetSaleResponse__Output as _ticketbottle_event_v1_GetSaleResponse__Output } from './ticketbottle/event/v1/GetSaleResponse.ts';
import type { ListEventsRequest as _ticketbottle_event_v1_ListEventsRequest, ListEventsRequest__Output as _ticketbottle_event_v1_ListEventsRequest__Output } from './ticketbottle/event/v1/ListEventsRequest.ts';
import type { ListEventsResponse as _ticketbottle_event_v1_ListEventsResponse, ListEventsResponse__Output as _ticketbottle_event_v1_ListEventsResponse__Output } from './ticketbottle/event/v1/ListEventsResponse.ts';
import type { ListSalesRequest as _ticketbottle_event_v1_ListSalesRequest, ListSalesRequest__Output as _ticketbottle_event_v1_ListSalesRequest__Output } from './ticketbottle/event/v1/ListSalesRequest.ts';
import type { ListSalesResponse as _ticketbottle_event_v1_ListSalesResponse, ListSalesResponse__Output as _ticketbottle_event_v1_ListSalesResponse__Output } from './ticketbottle/event/v1/ListSalesResponse.ts';
import type { PauseSaleRequest as _ticketbottle_event_v1_PauseSaleRequest, PauseSaleRequest__Output as _ticketbottle_event_v1_PauseSaleRequest__Output } from './ticketbottle/event/v1/PauseSaleRequest.ts';
import type { PauseSaleResponse as _ticketbottle_event_v1_PauseSaleResponse, PauseSaleResponse__Output as _ticketbottle_event_v1_PauseSaleResponse__Output } from './ticketbottle/event/v1/PauseSaleResponse.ts';
import type { PublishEventRequest as _ticketbottle_event_v1_PublishEventRequest, PublishEventRequest__Output as _ticketbottle_event_v1_PublishEventRequest__Output } from './ticketbottle/event/v1/PublishEventRequest.ts';
import type { PublishEventResponse as _ticketbottle_event_v1_PublishEventResponse, PublishEventResponse__Output as _ticketbottle_event_v1_PublishEventResponse__Output } from './ticketbottle/event/v1/PublishEventResponse.ts';
import type { ResumeSaleRequest as _ticketbottle_event_v1_ResumeSaleRequest, ResumeSaleRequest__Output as _ticketbottle_event_v1_ResumeSaleRequest__Output } from './ticketbottle/event/v1/ResumeSaleRequest.ts';
import type { ResumeSaleResponse as _ticketbottle_event_v1_ResumeSaleResponse, ResumeSaleResponse__Output as _ticketbottle_event_v1_ResumeSaleResponse__Output } from './ticketbottle/event/v1/ResumeSaleResponse.ts';
import type { Sale as _ticketbottle_event_v1_Sale, Sale__Output as _ticketbottle_event_v1_Sale__Output } from './ticketbottle/event/v1/Sale.ts';
import type { SaleClass as _ticketbottle_event_v1_SaleClass, SaleClass__Output as _ticketbottle_event_v1_SaleClass__Output } from './ticketbottle/event/v1/SaleClass.ts';
import type { SaleContent as _ticketbottle_event_v1_SaleContent, SaleContent__Output as _ticketbottle_event_v1_SaleContent__Output } from './ticketbottle/event/v1/SaleContent.ts';
import type { SaleMinute as _ticketbottle_event_v1_SaleMinute, SaleMinute__Output as _ticketbottle_event_v1_SaleMinute__Output } from './ticketbottle/event/v1/SaleMinute.ts';
import type { SaleServiceClient as _ticketbottle_event_v1_SaleServiceClient, SaleServiceDefinition as _ticketbottle_event_v1_SaleServiceDefinition } from './ticketbottle/event/v1/SaleService.ts';
import type { SaleSum as _ticketbottle_event_v1_SaleSum, SaleSum__Output as _ticketbottle_event_v1_SaleSum__Output } from './ticketbottle/event/v1/SaleSum.ts';
import type { SaleTotals as _ticketbottle_event_v1_SaleTotals, SaleTotals__Output as _ticketbottle_event_v1_SaleTotals__Output } from './ticketbottle/event/v1/SaleTotals.ts';
import type { SaleWindow as _ticketbottle_event_v1_SaleWindow, SaleWindow__Output as _ticketbottle_event_v1_SaleWindow__Output } from './ticketbottle/event/v1/SaleWindow.ts';
import type { ScheduleSaleRequest as _ticketbottle_event_v1_ScheduleSaleRequest, ScheduleSaleRequest__Output as _ticketbottle_event_v1_ScheduleSaleRequest__Output } from './ticketbottle/event/v1/ScheduleSaleRequest.ts';
import type { ScheduleSaleResponse as _ticketbottle_event_v1_ScheduleSaleResponse, ScheduleSaleResponse__Output as _ticketbottle_event_v1_ScheduleSaleResponse__Output } from './ticketbottle/event/v1/ScheduleSaleResponse.ts';
import type { TicketType as _ticketbottle_event_v1_TicketType, TicketType__Output as _ticketbottle_event_v1_TicketType__Output } from './ticketbottle/event/v1/TicketType.ts';
import type { UpdateSaleRequest as _ticketbottle_event_v1_UpdateSaleRequest, UpdateSaleRequest__Output as _ticketbottle_event_v1_UpdateSaleRequest__Output } from './ticketbottle/event/v1/UpdateSaleRequest.ts';
import type { UpdateSaleResponse as _ticketbottle_event_v1_UpdateSaleResponse, UpdateSaleResponse__Output as _ticketbottle_event_v1_UpdateSaleResponse__Output } from './ticketbottle/event/v1/UpdateSaleResponse.ts';
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
        CancelSaleEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_CancelSaleEventRequest, _ticketbottle_event_v1_CancelSaleEventRequest__Output>
        CancelSaleEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_CancelSaleEventResponse, _ticketbottle_event_v1_CancelSaleEventResponse__Output>
        CloseSaleRequest: MessageTypeDefinition<_ticketbottle_event_v1_CloseSaleRequest, _ticketbottle_event_v1_CloseSaleRequest__Output>
        CloseSaleResponse: MessageTypeDefinition<_ticketbottle_event_v1_CloseSaleResponse, _ticketbottle_event_v1_CloseSaleResponse__Output>
        Event: MessageTypeDefinition<_ticketbottle_event_v1_Event, _ticketbottle_event_v1_Event__Output>
        EventCommandService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_event_v1_EventCommandServiceClient> & { service: _ticketbottle_event_v1_EventCommandServiceDefinition }
        EventQueryService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_event_v1_EventQueryServiceClient> & { service: _ticketbottle_event_v1_EventQueryServiceDefinition }
        EventState: EnumTypeDefinition
        GetEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_GetEventRequest, _ticketbottle_event_v1_GetEventRequest__Output>
        GetEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_GetEventResponse, _ticketbottle_event_v1_GetEventResponse__Output>
        GetSaleHistoryRequest: MessageTypeDefinition<_ticketbottle_event_v1_GetSaleHistoryRequest, _ticketbottle_event_v1_GetSaleHistoryRequest__Output>
        GetSaleHistoryResponse: MessageTypeDefinition<_ticketbottle_event_v1_GetSaleHistoryResponse, _ticketbottle_event_v1_GetSaleHistoryResponse__Output>
        GetSaleRequest: MessageTypeDefinition<_ticketbottle_event_v1_GetSaleRequest, _ticketbottle_event_v1_GetSaleRequest__Output>
        GetSaleResponse: MessageTypeDefinition<_ticketbottle_event_v1_GetSaleResponse, _ticketbottle_event_v1_GetSaleResponse__Output>
        ListEventsRequest: MessageTypeDefinition<_ticketbottle_event_v1_ListEventsRequest, _ticketbottle_event_v1_ListEventsRequest__Output>
        ListEventsResponse: MessageTypeDefinition<_ticketbottle_event_v1_ListEventsResponse, _ticketbottle_event_v1_ListEventsResponse__Output>
        ListSalesRequest: MessageTypeDefinition<_ticketbottle_event_v1_ListSalesRequest, _ticketbottle_event_v1_ListSalesRequest__Output>
        ListSalesResponse: MessageTypeDefinition<_ticketbottle_event_v1_ListSalesResponse, _ticketbottle_event_v1_ListSalesResponse__Output>
        PauseSaleRequest: MessageTypeDefinition<_ticketbottle_event_v1_PauseSaleRequest, _ticketbottle_event_v1_PauseSaleRequest__Output>
        PauseSaleResponse: MessageTypeDefinition<_ticketbottle_event_v1_PauseSaleResponse, _ticketbottle_event_v1_PauseSaleResponse__Output>
        PublishEventRequest: MessageTypeDefinition<_ticketbottle_event_v1_PublishEventRequest, _ticketbottle_event_v1_PublishEventRequest__Output>
        PublishEventResponse: MessageTypeDefinition<_ticketbottle_event_v1_PublishEventResponse, _ticketbottle_event_v1_PublishEventResponse__Output>
        ResumeSaleRequest: MessageTypeDefinition<_ticketbottle_event_v1_ResumeSaleRequest, _ticketbottle_event_v1_ResumeSaleRequest__Output>
        ResumeSaleResponse: MessageTypeDefinition<_ticketbottle_event_v1_ResumeSaleResponse, _ticketbottle_event_v1_ResumeSaleResponse__Output>
        Sale: MessageTypeDefinition<_ticketbottle_event_v1_Sale, _ticketbottle_event_v1_Sale__Output>
        SaleClass: MessageTypeDefinition<_ticketbottle_event_v1_SaleClass, _ticketbottle_event_v1_SaleClass__Output>
        SaleContent: MessageTypeDefinition<_ticketbottle_event_v1_SaleContent, _ticketbottle_event_v1_SaleContent__Output>
        SaleMinute: MessageTypeDefinition<_ticketbottle_event_v1_SaleMinute, _ticketbottle_event_v1_SaleMinute__Output>
        SaleService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_event_v1_SaleServiceClient> & { service: _ticketbottle_event_v1_SaleServiceDefinition }
        SaleSum: MessageTypeDefinition<_ticketbottle_event_v1_SaleSum, _ticketbottle_event_v1_SaleSum__Output>
        SaleTotals: MessageTypeDefinition<_ticketbottle_event_v1_SaleTotals, _ticketbottle_event_v1_SaleTotals__Output>
        SaleWindow: MessageTypeDefinition<_ticketbottle_event_v1_SaleWindow, _ticketbottle_event_v1_SaleWindow__Output>
        ScheduleSaleRequest: MessageTypeDefinition<_ticketbottle_event_v1_ScheduleSaleRequest, _ticketbottle_event_v1_ScheduleSaleRequest__Output>
        ScheduleSaleResponse: MessageTypeDefinition<_ticketbottle_event_v1_ScheduleSaleResponse, _ticketbottle_event_v1_ScheduleSaleResponse__Output>
        TicketType: MessageTypeDefinition<_ticketbottle_event_v1_TicketType, _ticketbottle_event_v1_TicketType__Output>
        UpdateSaleRequest: MessageTypeDefinition<_ticketbottle_event_v1_UpdateSaleRequest, _ticketbottle_event_v1_UpdateSaleRequest__Output>
        UpdateSaleResponse: MessageTypeDefinition<_ticketbottle_event_v1_UpdateSaleResponse, _ticketbottle_event_v1_UpdateSaleResponse__Output>
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

