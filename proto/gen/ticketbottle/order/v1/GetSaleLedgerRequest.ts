// Original file: ticketbottle/order/v1/order.proto


export interface GetSaleLedgerRequest {
  'eventId'?: (string);
}

export interface GetSaleLedgerRequest__Output {
  'eventId': (string);
}
