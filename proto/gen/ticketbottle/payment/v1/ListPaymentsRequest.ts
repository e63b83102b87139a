// Original file: ticketbottle/payment/v1/payment.proto


export interface ListPaymentsRequest {
  'eventId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListPaymentsRequest__Output {
  'eventId': (string);
  'pageSize': (number);
  'pageToken': (string);
}
