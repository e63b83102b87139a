// Original file: ticketbottle/payment/v1/payment.proto


export interface RefundPaymentRequest {
  'orderId'?: (string);
  'reason'?: (string);
  'ticketsVoid'?: (boolean);
}

export interface RefundPaymentRequest__Output {
  'orderId': (string);
  'reason': (string);
  'ticketsVoid': (boolean);
}
