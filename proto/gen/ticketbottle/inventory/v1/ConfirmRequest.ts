// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ConfirmRequest {
  'orderId'?: (string);
}

export interface ConfirmRequest__Output {
  'orderId': (string);
}
