import { hmacHex } from './hmac.ts';

type Fields = Readonly<Record<string, unknown>>;

const CREATE_FIELDS = ['amount', 'cancelUrl', 'description', 'orderCode', 'returnUrl'] as const;

/** Signature of a request for a payment link. */
export function payOsCreateSignature(checksumKey: string, body: Fields): string {
  return hmacHex(checksumKey, CREATE_FIELDS.map((name) => `${name}=${body[name]}`).join('&'));
}

/** Signature of the `data` of an answer or a webhook. */
export function payOsDataSignature(checksumKey: string, data: Fields): string {
  const pairs = Object.keys(data)
    .sort()
    .map((name) => `${name}=${asText(data[name])}`);
  return hmacHex(checksumKey, pairs.join('&'));
}

/** The `x-signature` header of a payout. */
export function payOsPayoutSignature(checksumKey: string, body: Fields): string {
  const pairs = Object.keys(body)
    .sort()
    .map((name) => {
      const value = body[name];
      const text = typeof value === 'object' && value !== null ? JSON.stringify(sortedDeep(value)) : asText(value);
      return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
    });
  return hmacHex(checksumKey, pairs.join('&'));
}

function asText(value: unknown): string {
  if (value === null || value === undefined || value === 'null' || value === 'undefined') return '';
  if (Array.isArray(value)) return JSON.stringify(value.map(sortedDeep));
  return String(value);
}

function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, sortedDeep(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
