// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ReturnRequest {
  'orderId'?: (string);
}

export interface ReturnRequest__Output {
  'orderId': (string);
}
