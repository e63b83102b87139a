// Original file: ticketbottle/event/v1/sale.proto


export interface ListSalesRequest {
  'organiserId'?: (string);
}

export interface ListSalesRequest__Output {
  'organiserId': (string);
}
