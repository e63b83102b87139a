// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ListOrdersWithStockResponse {
  'orderIds'?: (string)[];
  'nextPageToken'?: (string);
}

export interface ListOrdersWithStockResponse__Output {
  'orderIds': (string)[];
  'nextPageToken': (string);
}
