// Original file: ticketbottle/event/v1/sale.proto


export interface ResumeSaleRequest {
  'organiserId'?: (string);
  'name'?: (string);
}

export interface ResumeSaleRequest__Output {
  'organiserId': (string);
  'name': (string);
}
