// Original file: ticketbottle/inventory/v1/inventory.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelEventRequest as _ticketbottle_inventory_v1_CancelEventRequest, CancelEventRequest__Output as _ticketbottle_inventory_v1_CancelEventRequest__Output } from '../../../ticketbottle/inventory/v1/CancelEventRequest.ts';
import type { CancelEventResponse as _ticketbottle_inventory_v1_CancelEventResponse, CancelEventResponse__Output as _ticketbottle_inventory_v1_CancelEventResponse__Output } from '../../../ticketbottle/inventory/v1/CancelEventResponse.ts';
import type { ConfirmRequest as _ticketbottle_inventory_v1_ConfirmRequest, ConfirmRequest__Output as _ticketbottle_inventory_v1_ConfirmRequest__Output } from '../../../ticketbottle/inventory/v1/ConfirmRequest.ts';
import type { ConfirmResponse as _ticketbottle_inventory_v1_ConfirmResponse, ConfirmResponse__Output as _ticketbottle_inventory_v1_ConfirmResponse__Output } from '../../../ticketbottle/inventory/v1/ConfirmResponse.ts';
import type { GetAvailabilityRequest as _ticketbottle_inventory_v1_GetAvailabilityRequest, GetAvailabilityRequest__Output as _ticketbottle_inventory_v1_GetAvailabilityRequest__Output } from '../../../ticketbottle/inventory/v1/GetAvailabilityRequest.ts';
import type { GetAvailabilityResponse as _ticketbottle_inventory_v1_GetAvailabilityResponse, GetAvailabilityResponse__Output as _ticketbottle_inventory_v1_GetAvailabilityResponse__Output } from '../../../ticketbottle/inventory/v1/GetAvailabilityResponse.ts';
import type { GetLedgerRequest as _ticketbottle_inventory_v1_GetLedgerRequest, GetLedgerRequest__Output as _ticketbottle_inventory_v1_GetLedgerRequest__Output } from '../../../ticketbottle/inventory/v1/GetLedgerRequest.ts';
import type { GetLedgerResponse as _ticketbottle_inventory_v1_GetLedgerResponse, GetLedgerResponse__Output as _ticketbottle_inventory_v1_GetLedgerResponse__Output } from '../../../ticketbottle/inventory/v1/GetLedgerResponse.ts';
import type { ListOrdersWithStockRequest as _ticketbottle_inventory_v1_ListOrdersWithStockRequest, ListOrdersWithStockRequest__Output as _ticketbottle_inventory_v1_ListOrdersWithStockRequest__Output } from '../../../ticketbottle/inventory/v1/ListOrdersWithStockRequest.ts';
import type { ListOrdersWithStockResponse as _ticketbottle_inventory_v1_ListOrdersWithStockResponse, ListOrdersWithStockResponse__Output as _ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output } from '../../../ticketbottle/inventory/v1/ListOrdersWithStockResponse.ts';
import type { ListTicketClassesRequest as _ticketbottle_inventory_v1_ListTicketClassesRequest, ListTicketClassesRequest__Output as _ticketbottle_inventory_v1_ListTicketClassesRequest__Output } from '../../../ticketbottle/inventory/v1/ListTicketClassesRequest.ts';
import type { ListTicketClassesResponse as _ticketbottle_inventory_v1_ListTicketClassesResponse, ListTicketClassesResponse__Output as _ticketbottle_inventory_v1_ListTicketClassesResponse__Output } from '../../../ticketbottle/inventory/v1/ListTicketClassesResponse.ts';
import type { ListUnconfirmedRequest as _ticketbottle_inventory_v1_ListUnconfirmedRequest, ListUnconfirmedRequest__Output as _ticketbottle_inventory_v1_ListUnconfirmedRequest__Output } from '../../../ticketbottle/inventory/v1/ListUnconfirmedRequest.ts';
import type { ListUnconfirmedResponse as _ticketbottle_inventory_v1_ListUnconfirmedResponse, ListUnconfirmedResponse__Output as _ticketbottle_inventory_v1_ListUnconfirmedResponse__Output } from '../../../ticketbottle/inventory/v1/ListUnconfirmedResponse.ts';
import type { ReleaseRequest as _ticketbottle_inventory_v1_ReleaseRequest, ReleaseRequest__Output as _ticketbottle_inventory_v1_ReleaseRequest__Output } from '../../../ticketbottle/inventory/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _ticketbottle_inventory_v1_ReleaseResponse, ReleaseResponse__Output as _ticketbottle_inventory_v1_ReleaseResponse__Output } from '../../../ticketbottle/inventory/v1/ReleaseResponse.ts';
import type { ReserveRequest as _ticketbottle_inventory_v1_ReserveRequest, ReserveRequest__Output as _ticketbottle_inventory_v1_ReserveRequest__Output } from '../../../ticketbottle/inventory/v1/ReserveRequest.ts';
import type { ReserveResponse as _ticketbottle_inventory_v1_ReserveResponse, ReserveResponse__Output as _ticketbottle_inventory_v1_ReserveResponse__Output } from '../../../ticketbottle/inventory/v1/ReserveResponse.ts';
import type { ReturnRequest as _ticketbottle_inventory_v1_ReturnRequest, ReturnRequest__Output as _ticketbottle_inventory_v1_ReturnRequest__Output } from '../../../ticketbottle/inventory/v1/ReturnRequest.ts';
import type { ReturnResponse as _ticketbottle_inventory_v1_ReturnResponse, ReturnResponse__Output as _ticketbottle_inventory_v1_ReturnResponse__Output } from '../../../ticketbottle/inventory/v1/ReturnResponse.ts';
import type { UpsertTicketClassesRequest as _ticketbottle_inventory_v1_UpsertTicketClassesRequest, UpsertTicketClassesRequest__Output as _ticketbottle_inventory_v1_UpsertTicketClassesRequest__Output } from '../../../ticketbottle/inventory/v1/UpsertTicketClassesRequest.ts';
import type { UpsertTicketClassesResponse as _ticketbottle_inventory_v1_UpsertTicketClassesResponse, UpsertTicketClassesResponse__Output as _ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output } from '../../../ticketbottle/inventory/v1/UpsertTicketClassesResponse.ts';

export interface InventoryServiceClient extends grpc.Client {
  CancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  CancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  CancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  CancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  cancelEvent(argument: _ticketbottle_inventory_v1_CancelEventRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_CancelEventResponse__Output>): grpc.ClientUnaryCall;
  
  Confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  Confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  Confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  Confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  confirm(argument: _ticketbottle_inventory_v1_ConfirmRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ConfirmResponse__Output>): grpc.ClientUnaryCall;
  
  GetAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  GetAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  GetAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  GetAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  getAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  getAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  getAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  getAvailability(argument: _ticketbottle_inventory_v1_GetAvailabilityRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetAvailabilityResponse__Output>): grpc.ClientUnaryCall;
  
  GetLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  GetLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  GetLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  GetLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  getLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  getLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  getLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  getLedger(argument: _ticketbottle_inventory_v1_GetLedgerRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_GetLedgerResponse__Output>): grpc.ClientUnaryCall;
  
  ListOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  ListOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  ListOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  ListOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  listOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  listOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  listOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  listOrdersWithStock(argument: _ticketbottle_inventory_v1_ListOrdersWithStockRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>): grpc.ClientUnaryCall;
  
  ListTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  ListTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  ListTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  ListTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  listTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  listTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  listTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  listTicketClasses(argument: _ticketbottle_inventory_v1_ListTicketClassesRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  
  ListUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  ListUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  ListUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  ListUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  listUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  listUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  listUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  listUnconfirmed(argument: _ticketbottle_inventory_v1_ListUnconfirmedRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>): grpc.ClientUnaryCall;
  
  Release(argument: _ticketbottle_inventory_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _ticketbottle_inventory_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _ticketbottle_inventory_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _ticketbottle_inventory_v1_ReleaseRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ticketbottle_inventory_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ticketbottle_inventory_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ticketbottle_inventory_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ticketbottle_inventory_v1_ReleaseRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  
  Reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  Reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  Reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  Reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _ticketbottle_inventory_v1_ReserveRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  
  Return(argument: _ticketbottle_inventory_v1_ReturnRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  Return(argument: _ticketbottle_inventory_v1_ReturnRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  Return(argument: _ticketbottle_inventory_v1_ReturnRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  Return(argument: _ticketbottle_inventory_v1_ReturnRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  return(argument: _ticketbottle_inventory_v1_ReturnRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  return(argument: _ticketbottle_inventory_v1_ReturnRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  return(argument: _ticketbottle_inventory_v1_ReturnRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  return(argument: _ticketbottle_inventory_v1_ReturnRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_ReturnResponse__Output>): grpc.ClientUnaryCall;
  
  UpsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  UpsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  UpsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  UpsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  upsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  upsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  upsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  upsertTicketClasses(argument: _ticketbottle_inventory_v1_UpsertTicketClassesRequest, callback: grpc.requestCallback<_ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface InventoryServiceHandlers extends grpc.UntypedServiceImplementation {
  CancelEvent: grpc.handleUnaryCall<_ticketbottle_inventory_v1_CancelEventRequest__Output, _ticketbottle_inventory_v1_CancelEventResponse>;
  
  Confirm: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ConfirmRequest__Output, _ticketbottle_inventory_v1_ConfirmResponse>;
  
  GetAvailability: grpc.handleUnaryCall<_ticketbottle_inventory_v1_GetAvailabilityRequest__Output, _ticketbottle_inventory_v1_GetAvailabilityResponse>;
  
  GetLedger: grpc.handleUnaryCall<_ticketbottle_inventory_v1_GetLedgerRequest__Output, _ticketbottle_inventory_v1_GetLedgerResponse>;
  
  ListOrdersWithStock: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ListOrdersWithStockRequest__Output, _ticketbottle_inventory_v1_ListOrdersWithStockResponse>;
  
  ListTicketClasses: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ListTicketClassesRequest__Output, _ticketbottle_inventory_v1_ListTicketClassesResponse>;
  
  ListUnconfirmed: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ListUnconfirmedRequest__Output, _ticketbottle_inventory_v1_ListUnconfirmedResponse>;
  
  Release: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ReleaseRequest__Output, _ticketbottle_inventory_v1_ReleaseResponse>;
  
  Reserve: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ReserveRequest__Output, _ticketbottle_inventory_v1_ReserveResponse>;
  
  Return: grpc.handleUnaryCall<_ticketbottle_inventory_v1_ReturnRequest__Output, _ticketbottle_inventory_v1_ReturnResponse>;
  
  UpsertTicketClasses: grpc.handleUnaryCall<_ticketbottle_inventory_v1_UpsertTicketClassesRequest__Output, _ticketbottle_inventory_v1_UpsertTicketClassesResponse>;
  
}

export interface InventoryServiceDefinition extends grpc.ServiceDefinition {
  CancelEvent: MethodDefinition<_ticketbottle_inventory_v1_CancelEventRequest, _ticketbottle_inventory_v1_CancelEventResponse, _ticketbottle_inventory_v1_CancelEventRequest__Output, _ticketbottle_inventory_v1_CancelEventResponse__Output>
  Confirm: MethodDefinition<_ticketbottle_inventory_v1_ConfirmRequest, _ticketbottle_inventory_v1_ConfirmResponse, _ticketbottle_inventory_v1_ConfirmRequest__Output, _ticketbottle_inventory_v1_ConfirmResponse__Output>
  GetAvailability: MethodDefinition<_ticketbottle_inventory_v1_GetAvailabilityRequest, _ticketbottle_inventory_v1_GetAvailabilityResponse, _ticketbottle_inventory_v1_GetAvailabilityRequest__Output, _ticketbottle_inventory_v1_GetAvailabilityResponse__Output>
  GetLedger: MethodDefinition<_ticketbottle_inventory_v1_GetLedgerRequest, _ticketbottle_inventory_v1_GetLedgerResponse, _ticketbottle_inventory_v1_GetLedgerRequest__Output, _ticketbottle_inventory_v1_GetLedgerResponse__Output>
  ListOrdersWithStock: MethodDefinition<_ticketbottle_inventory_v1_ListOrdersWithStockRequest, _ticketbottle_inventory_v1_ListOrdersWithStockResponse, _ticketbottle_inventory_v1_ListOrdersWithStockRequest__Output, _ticketbottle_inventory_v1_ListOrdersWithStockResponse__Output>
  ListTicketClasses: MethodDefinition<_ticketbottle_inventory_v1_ListTicketClassesRequest, _ticketbottle_inventory_v1_ListTicketClassesResponse, _ticketbottle_inventory_v1_ListTicketClassesRequest__Output, _ticketbottle_inventory_v1_ListTicketClassesResponse__Output>
  ListUnconfirmed: MethodDefinition<_ticketbottle_inventory_v1_ListUnconfirmedRequest, _ticketbottle_inventory_v1_ListUnconfirmedResponse, _ticketbottle_inventory_v1_ListUnconfirmedRequest__Output, _ticketbottle_inventory_v1_ListUnconfirmedResponse__Output>
  Release: MethodDefinition<_ticketbottle_inventory_v1_ReleaseRequest, _ticketbottle_inventory_v1_ReleaseResponse, _ticketbottle_inventory_v1_ReleaseRequest__Output, _ticketbottle_inventory_v1_ReleaseResponse__Output>
  Reserve: MethodDefinition<_ticketbottle_inventory_v1_ReserveRequest, _ticketbottle_inventory_v1_ReserveResponse, _ticketbottle_inventory_v1_ReserveRequest__Output, _ticketbottle_inventory_v1_ReserveResponse__Output>
  Return: MethodDefinition<_ticketbottle_inventory_v1_ReturnRequest, _ticketbottle_inventory_v1_ReturnResponse, _ticketbottle_inventory_v1_ReturnRequest__Output, _ticketbottle_inventory_v1_ReturnResponse__Output>
  UpsertTicketClasses: MethodDefinition<_ticketbottle_inventory_v1_UpsertTicketClassesRequest, _ticketbottle_inventory_v1_UpsertTicketClassesResponse, _ticketbottle_inventory_v1_UpsertTicketClassesRequest__Output, _ticketbottle_inventory_v1_UpsertTicketClassesResponse__Output>
}
