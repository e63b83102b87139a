import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { CancelEventRequest as _ticketbottle_inventory_v1_CancelEventRequest, CancelEventRequest__Output as _ticketbottle_inventory_v1_CancelEventRequest__Output } from './ticketbottle/inventory/v1/CancelEventRequest.ts';
import type { CancelEventResponse as _ticketbottle_inventory_v1_CancelEventResponse, CancelEventResponse__Output as _ticketbottle_inventory_v1_CancelEventResponse__Output } from './ticketbottle/inventory/v1/CancelEventResponse.ts';
import type { ClassAvailability as _ticketbottle_inventory_v1_ClassAvailability, ClassAvailability__Output as _ticketbottle_inventory_v1_ClassAvailability__Output } from './ticketbottle/inventory/v1/ClassAvailability.ts';
import type { ClassLedger as _ticketbottle_inventory_v1_ClassLedger, ClassLedger__Output as _ticketbottle_inventory_v1_ClassLedger__Output } from './ticketbottle/inventory/v1/ClassLedger.ts';
import type { ConfirmRequest as _ticketbottle_inventory_v1_ConfirmRequest, ConfirmRequest__Output as _ticketbottle_inventory_v1_ConfirmRequest__Output } from './ticketbottle/inventory/v1/ConfirmRequest.ts';
import type { ConfirmResponse as _ticketbottle_inventory_v1_ConfirmResponse, ConfirmResponse__Output as _ticketbottle_inventory_v1_ConfirmResponse__Output } from './ticketbottle/inventory/v1/ConfirmResponse.ts';
import type { GetAvailabilityRequest as _ticketbottle_inventory_v1_GetAvailabilityRequest, GetAvailabilityRequest__Output as _ticketbottle_inventory_v1_GetAvailabilityRequest__Output } from './ticketbottle/inventory/v1/GetAvailabilityRequest.ts';
import type { GetAvailabilityResponse as _ticketbottle_inventory_v1_GetAvailabilityResponse, GetAvailabilityResponse__Output as _ticketbottle_inventory_v1_GetAvailabilityResponse__Output } from './ticketbottle/inventory/v1/GetAvailabilityResponse.ts';
import type { GetLedgerRequest as _ticketbottle_inventory_v1_GetLedgerRequest, GetLedgerRequest__Output as _ticketbottle_inventory_v1_GetLedgerRequest__Output } from './ticketbottle/inventory/v1/GetLedgerRequest.ts';
import type { GetLedgerResponse as _ticketbottle_inventory_v1_GetLedgerResponse, GetLedgerResponse__Output as _ticketbottle_inventory_v1_GetLedgerResponse__Output } from './ticketbottle/inventory/v1/GetLedgerResponse.ts';
import type { InventoryServiceClient as _ticketbottle_inventory_v1_InventoryServiceClient, InventoryServiceDefinition as _ticketbottle_inventory_v1_InventoryServiceDefinition } from './ticketbottle/inventory/v1/InventoryService.ts';
import type { ListOrdersWithStockRequest as _ticketbottle_inventory_v1_ListOrdersWithStockRequest, ListOrdersWithStockRequest__Output as _ticketbottle_inventory_v1_ListOrdersWithStockRequest__Output } from './ticketbottle/inventory/v1/ListOrdersWithStockRequest.ts';
import type { ListOrdersWithStockResponse as _ticketbottle_inventory_v1_ListOrdersWithStockResponse, ListOrdersWithStockResponse__Output as _ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output } from './ticketbottle/inventory/v1/ListOrdersWithStockResponse.ts';
import type { ListTicketClassesRequest as _ticketbottle_inventory_v1_ListTicketClassesRequest, ListTicketClassesRequest__Output as _ticketbottle_inventory_v1_ListTicketClassesRequest__Output } from './ticketbottle/inventory/v1/ListTicketClassesRequest.ts';
import type { ListTicketClassesResponse as _ticketbottle_inventory_v1_ListTicketClassesResponse, ListTicketClassesResponse__Output as _ticketbottle_inventory_v1_ListTicketClassesResponse__Output } from './ticketbottle/inventory/v1/ListTicketClassesResponse.ts';
import type { ListUnconfirmedRequest as _ticketbottle_inventory_v1_ListUnconfirmedRequest, ListUnconfirmedRequest__Output as _ticketbottle_inventory_v1_ListUnconfirmedRequest__Output } from './ticketbottle/inventory/v1/ListUnconfirmedRequest.ts';
import type { ListUnconfirmedResponse as _ticketbottle_inventory_v1_ListUnconfirmedResponse, ListUnconfirmedResponse__Output as _ticketbottle_inventory_v1_ListUnconfirmedResponse__Output } from './ticketbottle/inventory/v1/ListUnconfirmedResponse.ts';
import type { ReleaseRequest as _ticketbottle_inventory_v1_ReleaseRequest, ReleaseRequest__Output as _ticketbottle_inventory_v1_ReleaseRequest__Output } from './ticketbottle/inventory/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _ticketbottle_inventory_v1_ReleaseResponse, ReleaseResponse__Output as _ticketbottle_inventory_v1_ReleaseResponse__Output } from './ticketbottle/inventory/v1/ReleaseResponse.ts';
import type { ReserveLine as _ticketbottle_inventory_v1_ReserveLine, ReserveLine__Output as _ticketbottle_inventory_v1_ReserveLine__Output } from './ticketbottle/inventory/v1/ReserveLine.ts';
import type { ReserveRequest as _ticketbottle_inventory_v1_ReserveRequest, ReserveRequest__Output as _ticketbottle_inventory_v1_ReserveRequest__Output } from './ticketbottle/inventory/v1/ReserveRequest.ts';
import type { ReserveResponse as _ticketbottle_inventory_v1_ReserveResponse, ReserveResponse__Output as _ticketbottle_inventory_v1_ReserveResponse__Output } from './ticketbottle/inventory/v1/ReserveResponse.ts';
import type { ReservedLine as _ticketbottle_inventory_v1_ReservedLine, ReservedLine__Output as _ticketbottle_inventory_v1_ReservedLine__Output } from './ticketbottle/inventory/v1/ReservedLine.ts';
import type { ReturnRequest as _ticketbottle_inventory_v1_ReturnRequest, ReturnRequest__Output as _ticketbottle_inventory_v1_ReturnRequest__Output } from './ticketbottle/inventory/v1/ReturnRequest.ts';
import type { ReturnResponse as _ticketbottle_inventory_v1_ReturnResponse, ReturnResponse__Output as _ticketbottle_inventory_v1_ReturnResponse__Output } from './ticketbottle/inventory/v1/ReturnResponse.ts';
import type { TicketClass as _ticketbottle_inventory_v1_TicketClass, TicketClass__Output as _ticketbottle_inventory_v1_TicketClass__Output } from './ticketbottle/inventory/v1/TicketClass.ts';
import type { UpsertTicketClassesRequest as _ticketbottle_inventory_v1_UpsertTicketClassesRequest, UpsertTicketClassesRequest__Output as _ticketbottle_inventory_v1_UpsertTicketClassesRequest__Output } from './ticketbottle/inventory/v1/UpsertTicketClassesRequest.ts';
import type { UpsertTicketClassesResponse as _ticketbottle_inventory_v1_UpsertTicketClassesResponse, UpsertTicketClassesResponse__Output as _ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output } from './ticketbottle/inventory/v1/UpsertTicketClassesResponse.ts';
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
    inventory: {
      v1: {
        CancelEventRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_CancelEventRequest, _ticketbottle_inventory_v1_CancelEventRequest__Output>
        CancelEventResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_CancelEventResponse, _ticketbottle_inventory_v1_CancelEventResponse__Output>
        ClassAvailability: MessageTypeDefinition<_ticketbottle_inventory_v1_ClassAvailability, _ticketbottle_inventory_v1_ClassAvailability__Output>
        ClassLedger: MessageTypeDefinition<_ticketbottle_inventory_v1_ClassLedger, _ticketbottle_inventory_v1_ClassLedger__Output>
        ConfirmRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ConfirmRequest, _ticketbottle_inventory_v1_ConfirmRequest__Output>
        ConfirmResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ConfirmResponse, _ticketbottle_inventory_v1_ConfirmResponse__Output>
        GetAvailabilityRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_GetAvailabilityRequest, _ticketbottle_inventory_v1_GetAvailabilityRequest__Output>
        GetAvailabilityResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_GetAvailabilityResponse, _ticketbottle_inventory_v1_GetAvailabilityResponse__Output>
        GetLedgerRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_GetLedgerRequest, _ticketbottle_inventory_v1_GetLedgerRequest__Output>
        GetLedgerResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_GetLedgerResponse, _ticketbottle_inventory_v1_GetLedgerResponse__Output>
        InventoryService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_inventory_v1_InventoryServiceClient> & { service: _ticketbottle_inventory_v1_InventoryServiceDefinition }
        ListOrdersWithStockRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ListOrdersWithStockRequest, _ticketbottle_inventory_v1_ListOrdersWithStockRequest__Output>
        ListOrdersWithStockResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ListOrdersWithStockResponse, _ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>
        ListTicketClassesRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ListTicketClassesRequest, _ticketbottle_inventory_v1_ListTicketClassesRequest__Output>
        ListTicketClassesResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ListTicketClassesResponse, _ticketbottle_inventory_v1_ListTicketClassesResponse__Output>
        ListUnconfirmedRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ListUnconfirmedRequest, _ticketbottle_inventory_v1_ListUnconfirmedRequest__Output>
        ListUnconfirmedResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ListUnconfirmedResponse, _ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>
        ReleaseRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ReleaseRequest, _ticketbottle_inventory_v1_ReleaseRequest__Output>
        ReleaseResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ReleaseResponse, _ticketbottle_inventory_v1_ReleaseResponse__Output>
        ReserveLine: MessageTypeDefinition<_ticketbottle_inventory_v1_ReserveLine, _ticketbottle_inventory_v1_ReserveLine__Output>
        ReserveRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ReserveRequest, _ticketbottle_inventory_v1_ReserveRequest__Output>
        ReserveResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ReserveResponse, _ticketbottle_inventory_v1_ReserveResponse__Output>
        ReservedLine: MessageTypeDefinition<_ticketbottle_inventory_v1_ReservedLine, _ticketbottle_inventory_v1_ReservedLine__Output>
        ReturnRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_ReturnRequest, _ticketbottle_inventory_v1_ReturnRequest__Output>
        ReturnResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_ReturnResponse, _ticketbottle_inventory_v1_ReturnResponse__Output>
        TicketClass: MessageTypeDefinition<_ticketbottle_inventory_v1_TicketClass, _ticketbottle_inventory_v1_TicketClass__Output>
        UpsertTicketClassesRequest: MessageTypeDefinition<_ticketbottle_inventory_v1_UpsertTicketClassesRequest, _ticketbottle_inventory_v1_UpsertTicketClassesRequest__Output>
        UpsertTicketClassesResponse: MessageTypeDefinition<_ticketbottle_inventory_v1_UpsertTicketClassesResponse, _ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>
      }
    }
    type: {
      v1: {
        Money: MessageTypeDefinition<_ticketbottle_type_v1_Money, _ticketbottle_type_v1_Money__Output>
      }
    }
  }
}

