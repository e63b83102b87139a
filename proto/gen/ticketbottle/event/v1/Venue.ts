// Original file: ticketbottle/event/v1/event.proto


export interface Venue {
  'name'?: (string);
  'address'?: (string);
  'city'?: (string);
  'country'?: (string);
}

export interface Venue__Output {
  'name': (string);
  'address': (string);
  'city': (string);
  'country': (string);
}
