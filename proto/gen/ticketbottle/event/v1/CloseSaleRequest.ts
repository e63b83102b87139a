// Original file: ticketbottle/event/v1/sale.proto


export interface CloseSaleRequest {
  'organiserId'?: (string);
  'name'?: (string);
}

export interface CloseSaleRequest__Output {
  'organiserId': (string);
  'name': (string);
}
