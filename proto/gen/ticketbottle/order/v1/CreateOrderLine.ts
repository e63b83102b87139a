// Original file: ticketbottle/order/v1/order.proto


export interface CreateOrderLine {
  'ticketClassId'?: (string);
  'quantity'?: (number);
}

export interface CreateOrderLine__Output {
  'ticketClassId': (string);
  'quantity': (number);
}
