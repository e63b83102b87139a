// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ClassLedger {
  'ticketClassId'?: (string);
  'name'?: (string);
  'total'?: (number);
  'reservedCounter'?: (number);
  'reservedLedger'?: (number);
  'soldCounter'?: (number);
  'soldLedger'?: (number);
  'oversold'?: (number);
}

export interface ClassLedger__Output {
  'ticketClassId': (string);
  'name': (string);
  'total': (number);
  'reservedCounter': (number);
  'reservedLedger': (number);
  'soldCounter': (number);
  'soldLedger': (number);
  'oversold': (number);
}
