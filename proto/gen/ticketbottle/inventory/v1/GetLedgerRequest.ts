// Original file: ticketbottle/inventory/v1/inventory.proto


export interface GetLedgerRequest {
  'eventId'?: (string);
}

export interface GetLedgerRequest__Output {
  'eventId': (string);
}
