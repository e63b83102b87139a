import { createHmac } from 'node:crypto';

/** hex(HMAC_SHA512(secret, text)). */
function hmac512(secret: string, text: string): string {
  return createHmac('sha512', secret).update(text, 'utf8').digest('hex');
}

/**
 * The query string that VNPay 2.1.0 signs: keys ascending, empty values dropped, form-encoded (space as `+`), without the hash
 * itself. Source: sandbox.vnpayment.vn/apis/docs/thanh-toan-pay.
 */
export function vnPayQuery(fields: Readonly<Record<string, string>>): string {
  const signed = Object.entries(fields)
    .filter(([name, value]) => value !== '' && name !== 'vnp_SecureHash' && name !== 'vnp_SecureHashType')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams(signed).toString();
}

/** Signature of a payment URL, a return or an IPN. */
export function vnPayHash(secret: string, fields: Readonly<Record<string, string>>): string {
  return hmac512(secret, vnPayQuery(fields));
}

/** Signature of the merchant API: values joined by `|`, in the order that its page gives. */
export function vnPayApiHash(secret: string, values: readonly string[]): string {
  return hmac512(secret, values.join('|'));
}

/** `yyyyMMddHHmmss` of an instant in Vietnam (GMT+7), whatever the time zone of this machine. */
export function vnPayTime(ms: number): string {
  return new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}
