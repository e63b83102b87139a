// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ListTicketClassesRequest {
  'eventId'?: (string);
  'includeRehearsal'?: (boolean);
}

export interface ListTicketClassesRequest__Output {
  'eventId': (string);
  'includeRehearsal': (boolean);
}
