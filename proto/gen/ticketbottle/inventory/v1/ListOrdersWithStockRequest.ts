// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ListOrdersWithStockRequest {
  'eventId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListOrdersWithStockRequest__Output {
  'eventId': (string);
  'pageSize': (number);
  'pageToken': (string);
}
