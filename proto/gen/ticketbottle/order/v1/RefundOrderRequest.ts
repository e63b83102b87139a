// Original file: ticketbottle/order/v1/order.proto


export interface RefundOrderRequest {
  'orderId'?: (string);
  'reason'?: (string);
}

export interface RefundOrderRequest__Output {
  'orderId': (string);
  'reason': (string);
}
