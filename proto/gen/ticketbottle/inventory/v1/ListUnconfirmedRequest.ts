// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ListUnconfirmedRequest {
  'orderIds'?: (string)[];
}

export interface ListUnconfirmedRequest__Output {
  'orderIds': (string)[];
}
