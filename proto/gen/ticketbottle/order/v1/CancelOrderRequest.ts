// Original file: ticketbottle/order/v1/order.proto


export interface CancelOrderRequest {
  'orderId'?: (string);
  'userId'?: (string);
  'undoRehearsal'?: (boolean);
  'reason'?: (string);
}

export interface CancelOrderRequest__Output {
  'orderId': (string);
  'userId': (string);
  'undoRehearsal': (boolean);
  'reason': (string);
}
