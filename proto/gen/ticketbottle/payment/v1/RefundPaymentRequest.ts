// Original file: ticketbottle/payment/v1/payment.proto


export interface RefundPaymentRequest {
  'orderId'?: (string);
  'reason'?: (string);
}

export interface RefundPaymentRequest__Output {
  'orderId': (string);
  'reason': (string);
}
