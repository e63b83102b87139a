// Original file: ticketbottle/event/v1/sale.proto


export interface GetSaleHistoryRequest {
  'organiserId'?: (string);
  'name'?: (string);
  'totalsOnly'?: (boolean);
}

export interface GetSaleHistoryRequest__Output {
  'organiserId': (string);
  'name': (string);
  'totalsOnly': (boolean);
}
