import { createHmac } from 'node:crypto';
import { parseObject, sameHex } from './zalopay.ts';

/** What a PayOS webhook says once its signature holds. Only `data` is signed; nothing outside of it is believed. */
export interface PayOsEvent {
  readonly orderCode: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly transactionId: string;
  readonly code: string;
}

/** The text PayOS signs: keys ascending, `key=value` joined by `&`, null and undefined empty, arrays as sorted JSON. */
export function signedText(data: Readonly<Record<string, unknown>>): string {
  return Object.keys(data)
    .sort()
    .map((key) => `${key}=${valueText(data[key])}`)
    .join('&');
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === 'null' || value === 'undefined') return '';
  if (Array.isArray(value)) return JSON.stringify(value.map(sortedKeys));
  return String(value);
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** undefined for what has no text: objects that stand in for `toString`, lists nested deeper than the stack. PayOS signs neither. */
function textOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  try {
    return signedText(fields);
  } catch {
    return undefined;
  }
}

/** undefined when the body is no webhook or `signature` is not hex(HMAC_SHA256(checksumKey, signedText(data))). */
export function readPayOsEvent(body: string, checksumKey: string): PayOsEvent | undefined {
  const outer = parseObject(body);
  const data = outer?.data;
  if (typeof data !== 'object' || data === null || Array.isArray(data) || typeof outer?.signature !== 'string')
    return undefined;
  const fields = data as Record<string, unknown>;
  const text = textOf(fields);
  if (text === undefined) return undefined;
  const expected = createHmac('sha256', checksumKey).update(text).digest();
  if (!sameHex(expected, outer.signature)) return undefined;
  const { orderCode, amount, currency, paymentLinkId, reference, code } = fields;
  if (!Number.isSafeInteger(orderCode) || !Number.isSafeInteger(amount) || Number(amount) < 0) return undefined;
  return {
    orderCode: String(orderCode),
    amount: BigInt(Number(amount)),
    currency: typeof currency === 'string' ? currency : 'VND',
    transactionId: `${paymentLinkId}:${reference}`,
    code: String(code),
  };
}
