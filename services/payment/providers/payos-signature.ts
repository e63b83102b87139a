import { createHmac } from 'node:crypto';

type Fields = Readonly<Record<string, unknown>>;

/** Signature of an answer or webhook: over `data`, keys ascending, `key=value` joined by `&`, nothing encoded. */
export function payOsDataSignature(checksumKey: string, data: Fields): string {
  const text = Object.keys(data)
    .sort()
    .map((key) => `${key}=${plainText(data[key])}`)
    .join('&');
  return hmac(checksumKey, text);
}

/** Signature of a new payment link: these five fields only, raw values. */
export function payOsCreateSignature(
  checksumKey: string,
  link: { amount: number; cancelUrl: string; description: string; orderCode: number; returnUrl: string },
): string {
  const { amount, cancelUrl, description, orderCode, returnUrl } = link;
  return hmac(
    checksumKey,
    `amount=${amount}&cancelUrl=${cancelUrl}&description=${description}&orderCode=${orderCode}&returnUrl=${returnUrl}`,
  );
}

/** `x-signature` of the payouts API: keys ascending, URL-encoded, structures as JSON with sorted keys. */
export function payOsPayoutSignature(checksumKey: string, body: Fields): string {
  const text = Object.keys(body)
    .sort()
    .map((key) => {
      const value = body[key];
      const plain =
        value === null || value === undefined
          ? ''
          : typeof value === 'object'
            ? JSON.stringify(sorted(value))
            : String(value);
      return `${encodeURIComponent(key)}=${encodeURIComponent(plain)}`;
    })
    .join('&');
  return hmac(checksumKey, text);
}

function plainText(value: unknown): string {
  if (value === null || value === undefined || value === 'null' || value === 'undefined') return '';
  if (Array.isArray(value)) return JSON.stringify(value.map(sorted));
  return String(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
