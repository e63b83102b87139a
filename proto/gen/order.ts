import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { CancelOrderRequest as _ticketbottle_order_v1_CancelOrderRequest, CancelOrderRequest__Output as _ticketbottle_order_v1_CancelOrderRequest__Output } from './ticketbottle/order/v1/CancelOrderRequest.ts';
import type { CancelOrderResponse as _ticketbottle_order_v1_CancelOrderResponse, CancelOrderResponse__Output as _ticketbottle_order_v1_CancelOrderResponse__Output } from './ticketbottle/order/v1/CancelOrderResponse.ts';
import type { CreateOrderLine as _ticketbottle_order_v1_CreateOrderLine, CreateOrderLine__Output as _ticketbottle_order_v1_CreateOrderLine__Output } from './ticketbottle/order/v1/CreateOrderLine.ts';
import type { CreateOrderRequest as _ticketbottle_order_v1_CreateOrderRequest, CreateOrderRequest__Output as _ticketbottle_order_v1_CreateOrderRequest__Output } from './ticketbottle/order/v1/CreateOrderRequest.ts';
import type { CreateOrderResponse as _ticketbottle_order_v1_CreateOrderResponse, CreateOrderResponse__Output as _ticketbottle_order_v1_CreateOrderResponse__Output } from './ticketbottle/order/v1/CreateOrderResponse.ts';
import type { GetOrderRequest as _ticketbottle_order_v1_GetOrderRequest, GetOrderRequest__Output as _ticketbottle_order_v1_GetOrderRequest__Output } from './ticketbottle/order/v1/GetOrderRequest.ts';
import type { GetOrderResponse as _ticketbottle_order_v1_GetOrderResponse, GetOrderResponse__Output as _ticketbottle_order_v1_GetOrderResponse__Output } from './ticketbottle/order/v1/GetOrderResponse.ts';
import type { GetSaleLedgerRequest as _ticketbottle_order_v1_GetSaleLedgerRequest, GetSaleLedgerRequest__Output as _ticketbottle_order_v1_GetSaleLedgerRequest__Output } from './ticketbottle/order/v1/GetSaleLedgerRequest.ts';
import type { GetSaleLedgerResponse as _ticketbottle_order_v1_GetSaleLedgerResponse, GetSaleLedgerResponse__Output as _ticketbottle_order_v1_GetSaleLedgerResponse__Output } from './ticketbottle/order/v1/GetSaleLedgerResponse.ts';
import type { ListOrdersRequest as _ticketbottle_order_v1_ListOrdersRequest, ListOrdersRequest__Output as _ticketbottle_order_v1_ListOrdersRequest__Output } from './ticketbottle/order/v1/ListOrdersRequest.ts';
import type { ListOrdersResponse as _ticketbottle_order_v1_ListOrdersResponse, ListOrdersResponse__Output as _ticketbottle_order_v1_ListOrdersResponse__Output } from './ticketbottle/order/v1/ListOrdersResponse.ts';
import type { Order as _ticketbottle_order_v1_Order, Order__Output as _ticketbottle_order_v1_Order__Output } from './ticketbottle/order/v1/Order.ts';
import type { OrderLine as _ticketbottle_order_v1_OrderLine, OrderLine__Output as _ticketbottle_order_v1_OrderLine__Output } from './ticketbottle/order/v1/OrderLine.ts';
import type { OrderServiceClient as _ticketbottle_order_v1_OrderServiceClient, OrderServiceDefinition as _ticketbottle_order_v1_OrderServiceDefinition } from './ticketbottle/order/v1/OrderService.ts';
import type { RefundOrderRequest as _ticketbottle_order_v1_RefundOrderRequest, RefundOrderRequest__Output as _ticketbottle_order_v1_RefundOrderRequest__Output } from './ticketbottle/order/v1/RefundOrderRequest.ts';
import type { RefundOrderResponse as _ticketbottle_order_v1_RefundOrderResponse, RefundOrderResponse__Output as _ticketbottle_order_v1_RefundOrderResponse__Output } from './ticketbottle/order/v1/RefundOrderResponse.ts';
import type { Scan as _ticketbottle_order_v1_Scan, Scan__Output as _ticketbottle_order_v1_Scan__Output } from './ticketbottle/order/v1/Scan.ts';
import type { ScanTicketRequest as _ticketbottle_order_v1_ScanTicketRequest, ScanTicketRequest__Output as _ticketbottle_order_v1_ScanTicketRequest__Output } from './ticketbottle/order/v1/ScanTicketRequest.ts';
import type { ScanTicketResponse as _ticketbottle_order_v1_ScanTicketResponse, ScanTicketResponse__Output as _ticketbottle_order_v1_ScanTicketResponse__Output } from './ticketbottle/order/v1/ScanTicketResponse.ts';
import type { Ticket as _ticketbottle_order_v1_Ticket, Ticket__Output as _ticketbottle_order_v1_Ticket__Output } from './ticketbottle/order/v1/Ticket.ts';
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
    order: {
      v1: {
        CancelOrderRequest: MessageTypeDefinition<_ticketbottle_order_v1_CancelOrderRequest, _ticketbottle_order_v1_CancelOrderRequest__Output>
        CancelOrderResponse: MessageTypeDefinition<_ticketbottle_order_v1_CancelOrderResponse, _ticketbottle_order_v1_CancelOrderResponse__Output>
        CreateOrderLine: MessageTypeDefinition<_ticketbottle_order_v1_CreateOrderLine, _ticketbottle_order_v1_CreateOrderLine__Output>
        CreateOrderRequest: MessageTypeDefinition<_ticketbottle_order_v1_CreateOrderRequest, _ticketbottle_order_v1_CreateOrderRequest__Output>
        CreateOrderResponse: MessageTypeDefinition<_ticketbottle_order_v1_CreateOrderResponse, _ticketbottle_order_v1_CreateOrderResponse__Output>
        GetOrderRequest: MessageTypeDefinition<_ticketbottle_order_v1_GetOrderRequest, _ticketbottle_order_v1_GetOrderRequest__Output>
        GetOrderResponse: MessageTypeDefinition<_ticketbottle_order_v1_GetOrderResponse, _ticketbottle_order_v1_GetOrderResponse__Output>
        GetSaleLedgerRequest: MessageTypeDefinition<_ticketbottle_order_v1_GetSaleLedgerRequest, _ticketbottle_order_v1_GetSaleLedgerRequest__Output>
        GetSaleLedgerResponse: MessageTypeDefinition<_ticketbottle_order_v1_GetSaleLedgerResponse, _ticketbottle_order_v1_GetSaleLedgerResponse__Output>
        ListOrdersRequest: MessageTypeDefinition<_ticketbottle_order_v1_ListOrdersRequest, _ticketbottle_order_v1_ListOrdersRequest__Output>
        ListOrdersResponse: MessageTypeDefinition<_ticketbottle_order_v1_ListOrdersResponse, _ticketbottle_order_v1_ListOrdersResponse__Output>
        Order: MessageTypeDefinition<_ticketbottle_order_v1_Order, _ticketbottle_order_v1_Order__Output>
        OrderLine: MessageTypeDefinition<_ticketbottle_order_v1_OrderLine, _ticketbottle_order_v1_OrderLine__Output>
        OrderService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_order_v1_OrderServiceClient> & { service: _ticketbottle_order_v1_OrderServiceDefinition }
        OrderState: EnumTypeDefinition
        RefundOrderRequest: MessageTypeDefinition<_ticketbottle_order_v1_RefundOrderRequest, _ticketbottle_order_v1_RefundOrderRequest__Output>
        RefundOrderResponse: MessageTypeDefinition<_ticketbottle_order_v1_RefundOrderResponse, _ticketbottle_order_v1_RefundOrderResponse__Output>
        Scan: MessageTypeDefinition<_ticketbottle_order_v1_Scan, _ticketbottle_order_v1_Scan__Output>
        ScanDirection: EnumTypeDefinition
        ScanOutcome: EnumTypeDefinition
        ScanTicketRequest: MessageTypeDefinition<_ticketbottle_order_v1_ScanTicketRequest, _ticketbottle_order_v1_ScanTicketRequest__Output>
        ScanTicketResponse: MessageTypeDefinition<_ticketbottle_order_v1_ScanTicketResponse, _ticketbottle_order_v1_ScanTicketResponse__Output>
        Ticket: MessageTypeDefinition<_ticketbottle_order_v1_Ticket, _ticketbottle_order_v1_Ticket__Output>
      }
    }
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

