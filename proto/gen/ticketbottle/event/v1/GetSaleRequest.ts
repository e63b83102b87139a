// Original file: ticketbottle/event/v1/sale.proto


export interface GetSaleRequest {
  'organiserId'?: (string);
  'name'?: (string);
}

export interface GetSaleRequest__Output {
  'organiserId': (string);
  'name': (string);
}
