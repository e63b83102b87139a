// Original file: ticketbottle/event/v1/sale.proto


export interface CancelSaleEventRequest {
  'organiserId'?: (string);
  'name'?: (string);
  'reason'?: (string);
}

export interface CancelSaleEventRequest__Output {
  'organiserId': (string);
  'name': (string);
  'reason': (string);
}
