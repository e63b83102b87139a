// Original file: ticketbottle/payment/v1/payment.proto


export interface GetPaymentRequest {
  'id'?: (string);
  'orderId'?: (string);
  'key'?: "id"|"orderId";
}

export interface GetPaymentRequest__Output {
  'id'?: (string);
  'orderId'?: (string);
  'key'?: "id"|"orderId";
}
