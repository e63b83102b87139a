// Original file: ticketbottle/payment/v1/payment.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelPaymentRequest as _ticketbottle_payment_v1_CancelPaymentRequest, CancelPaymentRequest__Output as _ticketbottle_payment_v1_CancelPaymentRequest__Output } from '../../../ticketbottle/payment/v1/CancelPaymentRequest.ts';
import type { CancelPaymentResponse as _ticketbottle_payment_v1_CancelPaymentResponse, CancelPaymentResponse__Output as _ticketbottle_payment_v1_CancelPaymentResponse__Output } from '../../../ticketbottle/payment/v1/CancelPaymentResponse.ts';
import type { CreatePaymentRequest as _ticketbottle_payment_v1_CreatePaymentRequest, CreatePaymentRequest__Output as _ticketbottle_payment_v1_CreatePaymentRequest__Output } from '../../../ticketbottle/payment/v1/CreatePaymentRequest.ts';
import type { CreatePaymentResponse as _ticketbottle_payment_v1_CreatePaymentResponse, CreatePaymentResponse__Output as _ticketbottle_payment_v1_CreatePaymentResponse__Output } from '../../../ticketbottle/payment/v1/CreatePaymentResponse.ts';
import type { GetPaymentRequest as _ticketbottle_payment_v1_GetPaymentRequest, GetPaymentRequest__Output as _ticketbottle_payment_v1_GetPaymentRequest__Output } from '../../../ticketbottle/payment/v1/GetPaymentRequest.ts';
import type { GetPaymentResponse as _ticketbottle_payment_v1_GetPaymentResponse, GetPaymentResponse__Output as _ticketbottle_payment_v1_GetPaymentResponse__Output } from '../../../ticketbottle/payment/v1/GetPaymentResponse.ts';
import type { ListPaymentsRequest as _ticketbottle_payment_v1_ListPaymentsRequest, ListPaymentsRequest__Output as _ticketbottle_payment_v1_ListPaymentsRequest__Output } from '../../../ticketbottle/payment/v1/ListPaymentsRequest.ts';
import type { ListPaymentsResponse as _ticketbottle_payment_v1_ListPaymentsResponse, ListPaymentsResponse__Output as _ticketbottle_payment_v1_ListPaymentsResponse__Output } from '../../../ticketbottle/payment/v1/ListPaymentsResponse.ts';
import type { RefundPaymentRequest as _ticketbottle_payment_v1_RefundPaymentRequest, RefundPaymentRequest__Output as _ticketbottle_payment_v1_RefundPaymentRequest__Output } from '../../../ticketbottle/payment/v1/RefundPaymentRequest.ts';
import type { RefundPaymentResponse as _ticketbottle_payment_v1_RefundPaymentResponse, RefundPaymentResponse__Output as _ticketbottle_payment_v1_RefundPaymentResponse__Output } from '../../../ticketbottle/payment/v1/RefundPaymentResponse.ts';

export interface PaymentServiceClient extends grpc.Client {
  CancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  CancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  CancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  CancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  cancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  cancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  cancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  cancelPayment(argument: _ticketbottle_payment_v1_CancelPaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_CancelPaymentResponse__Output>): grpc.ClientUnaryCall;
  
  CreatePayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  CreatePayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  CreatePayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  CreatePayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  createPayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  createPayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  createPayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  createPayment(argument: _ticketbottle_payment_v1_CreatePaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_CreatePaymentResponse__Output>): grpc.ClientUnaryCall;
  
  GetPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  GetPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  GetPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  GetPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  getPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  getPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  getPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  getPayment(argument: _ticketbottle_payment_v1_GetPaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_GetPaymentResponse__Output>): grpc.ClientUnaryCall;
  
  ListPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  ListPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  ListPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  ListPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  listPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  listPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  listPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  listPayments(argument: _ticketbottle_payment_v1_ListPaymentsRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_ListPaymentsResponse__Output>): grpc.ClientUnaryCall;
  
  RefundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  RefundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  RefundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  RefundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  refundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  refundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  refundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  refundPayment(argument: _ticketbottle_payment_v1_RefundPaymentRequest, callback: grpc.requestCallback<_ticketbottle_payment_v1_RefundPaymentResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface PaymentServiceHandlers extends grpc.UntypedServiceImplementation {
  CancelPayment: grpc.handleUnaryCall<_ticketbottle_payment_v1_CancelPaymentRequest__Output, _ticketbottle_payment_v1_CancelPaymentResponse>;
  
  CreatePayment: grpc.handleUnaryCall<_ticketbottle_payment_v1_CreatePaymentRequest__Output, _ticketbottle_payment_v1_CreatePaymentResponse>;
  
  GetPayment: grpc.handleUnaryCall<_ticketbottle_payment_v1_GetPaymentRequest__Output, _ticketbottle_payment_v1_GetPaymentResponse>;
  
  ListPayments: grpc.handleUnaryCall<_ticketbottle_payment_v1_ListPaymentsRequest__Output, _ticketbottle_payment_v1_ListPaymentsResponse>;
  
  RefundPayment: grpc.handleUnaryCall<_ticketbottle_payment_v1_RefundPaymentRequest__Output, _ticketbottle_payment_v1_RefundPaymentResponse>;
  
}

export interface PaymentServiceDefinition extends grpc.ServiceDefinition {
  CancelPayment: MethodDefinition<_ticketbottle_payment_v1_CancelPaymentRequest, _ticketbottle_payment_v1_CancelPaymentResponse, _ticketbottle_payment_v1_CancelPaymentRequest__Output, _ticketbottle_payment_v1_CancelPaymentResponse__Output>
  CreatePayment: MethodDefinition<_ticketbottle_payment_v1_CreatePaymentRequest, _ticketbottle_payment_v1_CreatePaymentResponse, _ticketbottle_payment_v1_CreatePaymentRequest__Output, _ticketbottle_payment_v1_CreatePaymentResponse__Output>
  GetPayment: MethodDefinition<_ticketbottle_payment_v1_GetPaymentRequest, _ticketbottle_payment_v1_GetPaymentResponse, _ticketbottle_payment_v1_GetPaymentRequest__Output, _ticketbottle_payment_v1_GetPaymentResponse__Output>
  ListPayments: MethodDefinition<_ticketbottle_payment_v1_ListPaymentsRequest, _ticketbottle_payment_v1_ListPaymentsResponse, _ticketbottle_payment_v1_ListPaymentsRequest__Output, _ticketbottle_payment_v1_ListPaymentsResponse__Output>
  RefundPayment: MethodDefinition<_ticketbottle_payment_v1_RefundPaymentRequest, _ticketbottle_payment_v1_RefundPaymentResponse, _ticketbottle_payment_v1_RefundPaymentRequest__Output, _ticketbottle_payment_v1_RefundPaymentResponse__Output>
}
