// Original file: ticketbottle/order/v1/order.proto


export interface Ticket {
  'id'?: (string);
  'ticketClassId'?: (string);
  'className'?: (string);
  'qrPayload'?: (string);
}

export interface Ticket__Output {
  'id': (string);
  'ticketClassId': (string);
  'className': (string);
  'qrPayload': (string);
}
