// Original file: ticketbottle/order/v1/order.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelOrderRequest as _ticketbottle_order_v1_CancelOrderRequest, CancelOrderRequest__Output as _ticketbottle_order_v1_CancelOrderRequest__Output } from '../../../ticketbottle/order/v1/CancelOrderRequest.ts';
import type { CancelOrderResponse as _ticketbottle_order_v1_CancelOrderResponse, CancelOrderResponse__Output as _ticketbottle_order_v1_CancelOrderResponse__Output } from '../../../ticketbottle/order/v1/CancelOrderResponse.ts';
import type { CreateOrderRequest as _ticketbottle_order_v1_CreateOrderRequest, CreateOrderRequest__Output as _ticketbottle_order_v1_CreateOrderRequest__Output } from '../../../ticketbottle/order/v1/CreateOrderRequest.ts';
import type { CreateOrderResponse as _ticketbottle_order_v1_CreateOrderResponse, CreateOrderResponse__Output as _ticketbottle_order_v1_CreateOrderResponse__Output } from '../../../ticketbottle/order/v1/CreateOrderResponse.ts';
import type { GetOrderRequest as _ticketbottle_order_v1_GetOrderRequest, GetOrderRequest__Output as _ticketbottle_order_v1_GetOrderRequest__Output } from '../../../ticketbottle/order/v1/GetOrderRequest.ts';
import type { GetOrderResponse as _ticketbottle_order_v1_GetOrderResponse, GetOrderResponse__Output as _ticketbottle_order_v1_GetOrderResponse__Output } from '../../../ticketbottle/order/v1/GetOrderResponse.ts';
import type { GetSaleLedgerRequest as _ticketbottle_order_v1_GetSaleLedgerRequest, GetSaleLedgerRequest__Output as _ticketbottle_order_v1_GetSaleLedgerRequest__Output } from '../../../ticketbottle/order/v1/GetSaleLedgerRequest.ts';
import type { GetSaleLedgerResponse as _ticketbottle_order_v1_GetSaleLedgerResponse, GetSaleLedgerResponse__Output as _ticketbottle_order_v1_GetSaleLedgerResponse__Output } from '../../../ticketbottle/order/v1/GetSaleLedgerResponse.ts';
import type { ListOrdersRequest as _ticketbottle_order_v1_ListOrdersRequest, ListOrdersRequest__Output as _ticketbottle_order_v1_ListOrdersRequest__Output } from '../../../ticketbottle/order/v1/ListOrdersRequest.ts';
import type { ListOrdersResponse as _ticketbottle_order_v1_ListOrdersResponse, ListOrdersResponse__Output as _ticketbottle_order_v1_ListOrdersResponse__Output } from '../../../ticketbottle/order/v1/ListOrdersResponse.ts';
import type { RefundOrderRequest as _ticketbottle_order_v1_RefundOrderRequest, RefundOrderRequest__Output as _ticketbottle_order_v1_RefundOrderRequest__Output } from '../../../ticketbottle/order/v1/RefundOrderRequest.ts';
import type { RefundOrderResponse as _ticketbottle_order_v1_RefundOrderResponse, RefundOrderResponse__Output as _ticketbottle_order_v1_RefundOrderResponse__Output } from '../../../ticketbottle/order/v1/RefundOrderResponse.ts';
import type { ScanTicketRequest as _ticketbottle_order_v1_ScanTicketRequest, ScanTicketRequest__Output as _ticketbottle_order_v1_ScanTicketRequest__Output } from '../../../ticketbottle/order/v1/ScanTicketRequest.ts';
import type { ScanTicketResponse as _ticketbottle_order_v1_ScanTicketResponse, ScanTicketResponse__Output as _ticketbottle_order_v1_ScanTicketResponse__Output } from '../../../ticketbottle/order/v1/ScanTicketResponse.ts';

export interface OrderServiceClient extends grpc.Client {
  CancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  CancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  CancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  CancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  cancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  cancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  cancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  cancelOrder(argument: _ticketbottle_order_v1_CancelOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_CancelOrderResponse__Output>): grpc.ClientUnaryCall;
  
  CreateOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  CreateOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  CreateOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  CreateOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  createOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  createOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  createOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  createOrder(argument: _ticketbottle_order_v1_CreateOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_CreateOrderResponse__Output>): grpc.ClientUnaryCall;
  
  GetOrder(argument: _ticketbottle_order_v1_GetOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  GetOrder(argument: _ticketbottle_order_v1_GetOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  GetOrder(argument: _ticketbottle_order_v1_GetOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  GetOrder(argument: _ticketbottle_order_v1_GetOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  getOrder(argument: _ticketbottle_order_v1_GetOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  getOrder(argument: _ticketbottle_order_v1_GetOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  getOrder(argument: _ticketbottle_order_v1_GetOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  getOrder(argument: _ticketbottle_order_v1_GetOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_GetOrderResponse__Output>): grpc.ClientUnaryCall;
  
  GetSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  GetSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  GetSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  GetSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  getSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  getSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  getSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  getSaleLedger(argument: _ticketbottle_order_v1_GetSaleLedgerRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_GetSaleLedgerResponse__Output>): grpc.ClientUnaryCall;
  
  ListOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  ListOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  ListOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  ListOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  listOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  listOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  listOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  listOrders(argument: _ticketbottle_order_v1_ListOrdersRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_ListOrdersResponse__Output>): grpc.ClientUnaryCall;
  
  RefundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  RefundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  RefundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  RefundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  refundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  refundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  refundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  refundOrder(argument: _ticketbottle_order_v1_RefundOrderRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_RefundOrderResponse__Output>): grpc.ClientUnaryCall;
  
  ScanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  ScanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  ScanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  ScanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  scanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  scanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  scanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  scanTicket(argument: _ticketbottle_order_v1_ScanTicketRequest, callback: grpc.requestCallback<_ticketbottle_order_v1_ScanTicketResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface OrderServiceHandlers extends grpc.UntypedServiceImplementation {
  CancelOrder: grpc.handleUnaryCall<_ticketbottle_order_v1_CancelOrderRequest__Output, _ticketbottle_order_v1_CancelOrderResponse>;
  
  CreateOrder: grpc.handleUnaryCall<_ticketbottle_order_v1_CreateOrderRequest__Output, _ticketbottle_order_v1_CreateOrderResponse>;
  
  GetOrder: grpc.handleUnaryCall<_ticketbottle_order_v1_GetOrderRequest__Output, _ticketbottle_order_v1_GetOrderResponse>;
  
  GetSaleLedger: grpc.handleUnaryCall<_ticketbottle_order_v1_GetSaleLedgerRequest__Output, _ticketbottle_order_v1_GetSaleLedgerResponse>;
  
  ListOrders: grpc.handleUnaryCall<_ticketbottle_order_v1_ListOrdersRequest__Output, _ticketbottle_order_v1_ListOrdersResponse>;
  
  RefundOrder: grpc.handleUnaryCall<_ticketbottle_order_v1_RefundOrderRequest__Output, _ticketbottle_order_v1_RefundOrderResponse>;
  
  ScanTicket: grpc.handleUnaryCall<_ticketbottle_order_v1_ScanTicketRequest__Output, _ticketbottle_order_v1_ScanTicketResponse>;
  
}

export interface OrderServiceDefinition extends grpc.ServiceDefinition {
  CancelOrder: MethodDefinition<_ticketbottle_order_v1_CancelOrderRequest, _ticketbottle_order_v1_CancelOrderResponse, _ticketbottle_order_v1_CancelOrderRequest__Output, _ticketbottle_order_v1_CancelOrderResponse__Output>
  CreateOrder: MethodDefinition<_ticketbottle_order_v1_CreateOrderRequest, _ticketbottle_order_v1_CreateOrderResponse, _ticketbottle_order_v1_CreateOrderRequest__Output, _ticketbottle_order_v1_CreateOrderResponse__Output>
  GetOrder: MethodDefinition<_ticketbottle_order_v1_GetOrderRequest, _ticketbottle_order_v1_GetOrderResponse, _ticketbottle_order_v1_GetOrderRequest__Output, _ticketbottle_order_v1_GetOrderResponse__Output>
  GetSaleLedger: MethodDefinition<_ticketbottle_order_v1_GetSaleLedgerRequest, _ticketbottle_order_v1_GetSaleLedgerResponse, _ticketbottle_order_v1_GetSaleLedgerRequest__Output, _ticketbottle_order_v1_GetSaleLedgerResponse__Output>
  ListOrders: MethodDefinition<_ticketbottle_order_v1_ListOrdersRequest, _ticketbottle_order_v1_ListOrdersResponse, _ticketbottle_order_v1_ListOrdersRequest__Output, _ticketbottle_order_v1_ListOrdersResponse__Output>
  RefundOrder: MethodDefinition<_ticketbottle_order_v1_RefundOrderRequest, _ticketbottle_order_v1_RefundOrderResponse, _ticketbottle_order_v1_RefundOrderRequest__Output, _ticketbottle_order_v1_RefundOrderResponse__Output>
  ScanTicket: MethodDefinition<_ticketbottle_order_v1_ScanTicketRequest, _ticketbottle_order_v1_ScanTicketResponse, _ticketbottle_order_v1_ScanTicketRequest__Output, _ticketbottle_order_v1_ScanTicketResponse__Output>
}
