// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ReturnResponse {
  'returned'?: (boolean);
}

export interface ReturnResponse__Output {
  'returned': (boolean);
}
