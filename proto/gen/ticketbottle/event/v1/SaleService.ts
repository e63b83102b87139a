// Original file: ticketbottle/event/v1/sale.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelSaleEventRequest as _ticketbottle_event_v1_CancelSaleEventRequest, CancelSaleEventRequest__Output as _ticketbottle_event_v1_CancelSaleEventRequest__Output } from '../../../ticketbottle/event/v1/CancelSaleEventRequest.ts';
import type { CancelSaleEventResponse as _ticketbottle_event_v1_CancelSaleEventResponse, CancelSaleEventResponse__Output as _ticketbottle_event_v1_CancelSaleEventResponse__Output } from '../../../ticketbottle/event/v1/CancelSaleEventResponse.ts';
import type { CloseSaleRequest as _ticketbottle_event_v1_CloseSaleRequest, CloseSaleRequest__Output as _ticketbottle_event_v1_CloseSaleRequest__Output } from '../../../ticketbottle/event/v1/CloseSaleRequest.ts';
import type { CloseSaleResponse as _ticketbottle_event_v1_CloseSaleResponse, CloseSaleResponse__Output as _ticketbottle_event_v1_CloseSaleResponse__Output } from '../../../ticketbottle/event/v1/CloseSaleResponse.ts';
import type { GetSaleHistoryRequest as _ticketbottle_event_v1_GetSaleHistoryRequest, GetSaleHistoryRequest__Output as _ticketbottle_event_v1_GetSaleHistoryRequest__Output } from '../../../ticketbottle/event/v1/GetSaleHistoryRequest.ts';
import type { GetSaleHistoryResponse as _ticketbottle_event_v1_GetSaleHistoryResponse, GetSaleHistoryResponse__Output as _ticketbottle_event_v1_GetSaleHistoryResponse__Output } from '../../../ticketbottle/event/v1/GetSaleHistoryResponse.ts';
import type { GetSaleRequest as _ticketbottle_event_v1_GetSaleRequest, GetSaleRequest__Output as _ticketbottle_event_v1_GetSaleRequest__Output } from '../../../ticketbottle/event/v1/GetSaleRequest.ts';
import type { GetSaleResponse as _ticketbottle_event_v1_GetSaleResponse, GetSaleResponse__Output as _ticketbottle_event_v1_GetSaleResponse__Output } from '../../../ticketbottle/event/v1/GetSaleResponse.ts';
import type { ListSalesRequest as _ticketbottle_event_v1_ListSalesRequest, ListSalesRequest__Output as _ticketbottle_event_v1_ListSalesRequest__Output } from '../../../ticketbottle/event/v1/ListSalesRequest.ts';
import type { ListSalesResponse as _ticketbottle_event_v1_ListSalesResponse, ListSalesResponse__Output as _ticketbottle_event_v1_ListSalesResponse__Output } from '../../../ticketbottle/event/v1/ListSalesResponse.ts';
import type { PauseSaleRequest as _ticketbottle_event_v1_PauseSaleRequest, PauseSaleRequest__Output as _ticketbottle_event_v1_PauseSaleRequest__Output } from '../../../ticketbottle/event/v1/PauseSaleRequest.ts';
import type { PauseSaleResponse as _ticketbottle_event_v1_PauseSaleResponse, PauseSaleResponse__Output as _ticketbottle_event_v1_PauseSaleResponse__Output } from '../../../ticketbottle/event/v1/PauseSaleResponse.ts';
import type { ResumeSaleRequest as _ticketbottle_event_v1_ResumeSaleRequest, ResumeSaleRequest__Output as _ticketbottle_event_v1_ResumeSaleRequest__Output } from '../../../ticketbottle/event/v1/ResumeSaleRequest.ts';
import type { ResumeSaleResponse as _ticketbottle_event_v1_ResumeSaleResponse, ResumeSaleResponse__Output as _ticketbottle_event_v1_ResumeSaleResponse__Output } from '../../../ticketbottle/event/v1/ResumeSaleResponse.ts';
import type { ScheduleSaleRequest as _ticketbottle_event_v1_ScheduleSaleRequest, ScheduleSaleRequest__Output as _ticketbottle_event_v1_ScheduleSaleRequest__Output } from '../../../ticketbottle/event/v1/ScheduleSaleRequest.ts';
import type { ScheduleSaleResponse as _ticketbottle_event_v1_ScheduleSaleResponse, ScheduleSaleResponse__Output as _ticketbottle_event_v1_ScheduleSaleResponse__Output } from '../../../ticketbottle/event/v1/ScheduleSaleResponse.ts';
import type { UpdateSaleRequest as _ticketbottle_event_v1_UpdateSaleRequest, UpdateSaleRequest__Output as _ticketbottle_event_v1_UpdateSaleRequest__Output } from '../../../ticketbottle/event/v1/UpdateSaleRequest.ts';
import type { UpdateSaleResponse as _ticketbottle_event_v1_UpdateSaleResponse, UpdateSaleResponse__Output as _ticketbottle_event_v1_UpdateSaleResponse__Output } from '../../../ticketbottle/event/v1/UpdateSaleResponse.ts';

export interface SaleServiceClient extends grpc.Client {
  CancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  CancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  CancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  CancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  cancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  cancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  cancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  cancelSaleEvent(argument: _ticketbottle_event_v1_CancelSaleEventRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_CancelSaleEventResponse__Output>): grpc.ClientUnaryCall;
  
  CloseSale(argument: _ticketbottle_event_v1_CloseSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  CloseSale(argument: _ticketbottle_event_v1_CloseSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  CloseSale(argument: _ticketbottle_event_v1_CloseSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  CloseSale(argument: _ticketbottle_event_v1_CloseSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  closeSale(argument: _ticketbottle_event_v1_CloseSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  closeSale(argument: _ticketbottle_event_v1_CloseSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  closeSale(argument: _ticketbottle_event_v1_CloseSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  closeSale(argument: _ticketbottle_event_v1_CloseSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_CloseSaleResponse__Output>): grpc.ClientUnaryCall;
  
  GetSale(argument: _ticketbottle_event_v1_GetSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  GetSale(argument: _ticketbottle_event_v1_GetSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  GetSale(argument: _ticketbottle_event_v1_GetSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  GetSale(argument: _ticketbottle_event_v1_GetSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  getSale(argument: _ticketbottle_event_v1_GetSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  getSale(argument: _ticketbottle_event_v1_GetSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  getSale(argument: _ticketbottle_event_v1_GetSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  getSale(argument: _ticketbottle_event_v1_GetSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleResponse__Output>): grpc.ClientUnaryCall;
  
  GetSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  GetSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  GetSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  GetSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  getSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  getSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  getSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  getSaleHistory(argument: _ticketbottle_event_v1_GetSaleHistoryRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_GetSaleHistoryResponse__Output>): grpc.ClientUnaryCall;
  
  ListSales(argument: _ticketbottle_event_v1_ListSalesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  ListSales(argument: _ticketbottle_event_v1_ListSalesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  ListSales(argument: _ticketbottle_event_v1_ListSalesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  ListSales(argument: _ticketbottle_event_v1_ListSalesRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  listSales(argument: _ticketbottle_event_v1_ListSalesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  listSales(argument: _ticketbottle_event_v1_ListSalesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  listSales(argument: _ticketbottle_event_v1_ListSalesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  listSales(argument: _ticketbottle_event_v1_ListSalesRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ListSalesResponse__Output>): grpc.ClientUnaryCall;
  
  PauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  PauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  PauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  PauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  pauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  pauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  pauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  pauseSale(argument: _ticketbottle_event_v1_PauseSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_PauseSaleResponse__Output>): grpc.ClientUnaryCall;
  
  ResumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  ResumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  ResumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  ResumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  resumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  resumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  resumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  resumeSale(argument: _ticketbottle_event_v1_ResumeSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ResumeSaleResponse__Output>): grpc.ClientUnaryCall;
  
  ScheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  ScheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  ScheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  ScheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  scheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  scheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  scheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  scheduleSale(argument: _ticketbottle_event_v1_ScheduleSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_ScheduleSaleResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  UpdateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  UpdateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  UpdateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  updateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  updateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  updateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  updateSale(argument: _ticketbottle_event_v1_UpdateSaleRequest, callback: grpc.requestCallback<_ticketbottle_event_v1_UpdateSaleResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface SaleServiceHandlers extends grpc.UntypedServiceImplementation {
  CancelSaleEvent: grpc.handleUnaryCall<_ticketbottle_event_v1_CancelSaleEventRequest__Output, _ticketbottle_event_v1_CancelSaleEventResponse>;
  
  CloseSale: grpc.handleUnaryCall<_ticketbottle_event_v1_CloseSaleRequest__Output, _ticketbottle_event_v1_CloseSaleResponse>;
  
  GetSale: grpc.handleUnaryCall<_ticketbottle_event_v1_GetSaleRequest__Output, _ticketbottle_event_v1_GetSaleResponse>;
  
  GetSaleHistory: grpc.handleUnaryCall<_ticketbottle_event_v1_GetSaleHistoryRequest__Output, _ticketbottle_event_v1_GetSaleHistoryResponse>;
  
  ListSales: grpc.handleUnaryCall<_ticketbottle_event_v1_ListSalesRequest__Output, _ticketbottle_event_v1_ListSalesResponse>;
  
  PauseSale: grpc.handleUnaryCall<_ticketbottle_event_v1_PauseSaleRequest__Output, _ticketbottle_event_v1_PauseSaleResponse>;
  
  ResumeSale: grpc.handleUnaryCall<_ticketbottle_event_v1_ResumeSaleRequest__Output, _ticketbottle_event_v1_ResumeSaleResponse>;
  
  ScheduleSale: grpc.handleUnaryCall<_ticketbottle_event_v1_ScheduleSaleRequest__Output, _ticketbottle_event_v1_ScheduleSaleResponse>;
  
  UpdateSale: grpc.handleUnaryCall<_ticketbottle_event_v1_UpdateSaleRequest__Output, _ticketbottle_event_v1_UpdateSaleResponse>;
  
}

export interface SaleServiceDefinition extends grpc.ServiceDefinition {
  CancelSaleEvent: MethodDefinition<_ticketbottle_event_v1_CancelSaleEventRequest, _ticketbottle_event_v1_CancelSaleEventResponse, _ticketbottle_event_v1_CancelSaleEventRequest__Output, _ticketbottle_event_v1_CancelSaleEventResponse__Output>
  CloseSale: MethodDefinition<_ticketbottle_event_v1_CloseSaleRequest, _ticketbottle_event_v1_CloseSaleResponse, _ticketbottle_event_v1_CloseSaleRequest__Output, _ticketbottle_event_v1_CloseSaleResponse__Output>
  GetSale: MethodDefinition<_ticketbottle_event_v1_GetSaleRequest, _ticketbottle_event_v1_GetSaleResponse, _ticketbottle_event_v1_GetSaleRequest__Output, _ticketbottle_event_v1_GetSaleResponse__Output>
  GetSaleHistory: MethodDefinition<_ticketbottle_event_v1_GetSaleHistoryRequest, _ticketbottle_event_v1_GetSaleHistoryResponse, _ticketbottle_event_v1_GetSaleHistoryRequest__Output, _ticketbottle_event_v1_GetSaleHistoryResponse__Output>
  ListSales: MethodDefinition<_ticketbottle_event_v1_ListSalesRequest, _ticketbottle_event_v1_ListSalesResponse, _ticketbottle_event_v1_ListSalesRequest__Output, _ticketbottle_event_v1_ListSalesResponse__Output>
  PauseSale: MethodDefinition<_ticketbottle_event_v1_PauseSaleRequest, _ticketbottle_event_v1_PauseSaleResponse, _ticketbottle_event_v1_PauseSaleRequest__Output, _ticketbottle_event_v1_PauseSaleResponse__Output>
  ResumeSale: MethodDefinition<_ticketbottle_event_v1_ResumeSaleRequest, _ticketbottle_event_v1_ResumeSaleResponse, _ticketbottle_event_v1_ResumeSaleRequest__Output, _ticketbottle_event_v1_ResumeSaleResponse__Output>
  ScheduleSale: MethodDefinition<_ticketbottle_event_v1_ScheduleSaleRequest, _ticketbottle_event_v1_ScheduleSaleResponse, _ticketbottle_event_v1_ScheduleSaleRequest__Output, _ticketbottle_event_v1_ScheduleSaleResponse__Output>
  UpdateSale: MethodDefinition<_ticketbottle_event_v1_UpdateSaleRequest, _ticketbottle_event_v1_UpdateSaleResponse, _ticketbottle_event_v1_UpdateSaleRequest__Output, _ticketbottle_event_v1_UpdateSaleResponse__Output>
}
