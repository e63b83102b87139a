import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { CancelPaymentRequest as _ticketbottle_payment_v1_CancelPaymentRequest, CancelPaymentRequest__Output as _ticketbottle_payment_v1_CancelPaymentRequest__Output } from './ticketbottle/payment/v1/CancelPaymentRequest.ts';
import type { CancelPaymentResponse as _ticketbottle_payment_v1_CancelPaymentResponse, CancelPaymentResponse__Output as _ticketbottle_payment_v1_CancelPaymentResponse__Output } from './ticketbottle/payment/v1/CancelPaymentResponse.ts';
import type { CreatePaymentRequest as _ticketbottle_payment_v1_CreatePaymentRequest, CreatePaymentRequest__Output as _ticketbottle_payment_v1_CreatePaymentRequest__Output } from './ticketbottle/payment/v1/CreatePaymentRequest.ts';
import type { CreatePaymentResponse as _ticketbottle_payment_v1_CreatePaymentResponse, CreatePaymentResponse__Output as _ticketbottle_payment_v1_CreatePaymentResponse__Output } from './ticketbottle/payment/v1/CreatePaymentResponse.ts';
import type { GetPaymentRequest as _ticketbottle_payment_v1_GetPaymentRequest, GetPaymentRequest__Output as _ticketbottle_payment_v1_GetPaymentRequest__Output } from './ticketbottle/payment/v1/GetPaymentRequest.ts';
import type { GetPaymentResponse as _ticketbottle_payment_v1_GetPaymentResponse, GetPaymentResponse__Output as _ticketbottle_payment_v1_GetPaymentResponse__Output } from './ticketbottle/payment/v1/GetPaymentResponse.ts';
import type { ListPaymentsRequest as _ticketbottle_payment_v1_ListPaymentsRequest, ListPaymentsRequest__Output as _ticketbottle_payment_v1_ListPaymentsRequest__Output } from './ticketbottle/payment/v1/ListPaymentsRequest.ts';
import type { ListPaymentsResponse as _ticketbottle_payment_v1_ListPaymentsResponse, ListPaymentsResponse__Output as _ticketbottle_payment_v1_ListPaymentsResponse__Output } from './ticketbottle/payment/v1/ListPaymentsResponse.ts';
import type { Payment as _ticketbottle_payment_v1_Payment, Payment__Output as _ticketbottle_payment_v1_Payment__Output } from './ticketbottle/payment/v1/Payment.ts';
import type { PaymentServiceClient as _ticketbottle_payment_v1_PaymentServiceClient, PaymentServiceDefinition as _ticketbottle_payment_v1_PaymentServiceDefinition } from './ticketbottle/payment/v1/PaymentService.ts';
import type { RefundPaymentRequest as _ticketbottle_payment_v1_RefundPaymentRequest, RefundPaymentRequest__Output as _ticketbottle_payment_v1_RefundPaymentRequest__Output } from './ticketbottle/payment/v1/RefundPaymentRequest.ts';
import type { RefundPaymentResponse as _ticketbottle_payment_v1_RefundPaymentResponse, RefundPaymentResponse__Output as _ticketbottle_payment_v1_RefundPaymentResponse__Output } from './ticketbottle/payment/v1/RefundPaymentResponse.ts';
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
    payment: {
      v1: {
        CancelPaymentRequest: MessageTypeDefinition<_ticketbottle_payment_v1_CancelPaymentRequest, _ticketbottle_payment_v1_CancelPaymentRequest__Output>
        CancelPaymentResponse: MessageTypeDefinition<_ticketbottle_payment_v1_CancelPaymentResponse, _ticketbottle_payment_v1_CancelPaymentResponse__Output>
        CreatePaymentRequest: MessageTypeDefinition<_ticketbottle_payment_v1_CreatePaymentRequest, _ticketbottle_payment_v1_CreatePaymentRequest__Output>
        CreatePaymentResponse: MessageTypeDefinition<_ticketbottle_payment_v1_CreatePaymentResponse, _ticketbottle_payment_v1_CreatePaymentResponse__Output>
        GetPaymentRequest: MessageTypeDefinition<_ticketbottle_payment_v1_GetPaymentRequest, _ticketbottle_payment_v1_GetPaymentRequest__Output>
        GetPaymentResponse: MessageTypeDefinition<_ticketbottle_payment_v1_GetPaymentResponse, _ticketbottle_payment_v1_GetPaymentResponse__Output>
        ListPaymentsRequest: MessageTypeDefinition<_ticketbottle_payment_v1_ListPaymentsRequest, _ticketbottle_payment_v1_ListPaymentsRequest__Output>
        ListPaymentsResponse: MessageTypeDefinition<_ticketbottle_payment_v1_ListPaymentsResponse, _ticketbottle_payment_v1_ListPaymentsResponse__Output>
        Payment: MessageTypeDefinition<_ticketbottle_payment_v1_Payment, _ticketbottle_payment_v1_Payment__Output>
        PaymentService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_payment_v1_PaymentServiceClient> & { service: _ticketbottle_payment_v1_PaymentServiceDefinition }
        PaymentState: EnumTypeDefinition
        Provider: EnumTypeDefinition
        RefundPaymentRequest: MessageTypeDefinition<_ticketbottle_payment_v1_RefundPaymentRequest, _ticketbottle_payment_v1_RefundPaymentRequest__Output>
        RefundPaymentResponse: MessageTypeDefinition<_ticketbottle_payment_v1_RefundPaymentResponse, _ticketbottle_payment_v1_RefundPaymentResponse__Output>
      }
    }
    type: {
      v1: {
        Money: MessageTypeDefinition<_ticketbottle_type_v1_Money, _ticketbottle_type_v1_Money__Output>
      }
    }
  }
}

