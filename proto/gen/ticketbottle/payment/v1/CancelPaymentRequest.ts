// Original file: ticketbottle/payment/v1/payment.proto


export interface CancelPaymentRequest {
  'orderId'?: (string);
}

export interface CancelPaymentRequest__Output {
  'orderId': (string);
}
