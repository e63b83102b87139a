// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ListUnconfirmedResponse {
  'orderIds'?: (string)[];
}

export interface ListUnconfirmedResponse__Output {
  'orderIds': (string)[];
}
