// Original file: ticketbottle/event/v1/sale.proto


export interface PauseSaleRequest {
  'organiserId'?: (string);
  'name'?: (string);
  'message'?: (string);
}

export interface PauseSaleRequest__Output {
  'organiserId': (string);
  'name': (string);
  'message': (string);
}
