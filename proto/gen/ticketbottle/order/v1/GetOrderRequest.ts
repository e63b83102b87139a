// Original file: ticketbottle/order/v1/order.proto


export interface GetOrderRequest {
  'orderId'?: (string);
  'userId'?: (string);
}

export interface GetOrderRequest__Output {
  'orderId': (string);
  'userId': (string);
}
