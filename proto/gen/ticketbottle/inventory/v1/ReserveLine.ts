// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ReserveLine {
  'ticketClassId'?: (string);
  'quantity'?: (number);
}

export interface ReserveLine__Output {
  'ticketClassId': (string);
  'quantity': (number);
}
