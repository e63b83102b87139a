import { createHmac } from 'node:crypto';

type Fields = Readonly<Record<string, string>>;

const UNSIGNED = new Set(['vnp_SecureHash', 'vnp_SecureHashType']);

/** Query string with its `vnp_SecureHash`, as VNPay 2.1.0 makes and checks it. */
export function signedQuery(secret: string, fields: Fields): string {
  const query = queryOf(fields);
  return `${query}&vnp_SecureHash=${sha512(secret, query)}`;
}

export function queryHash(secret: string, fields: Fields): string {
  return sha512(secret, queryOf(fields));
}

/** Hash of the merchant API over the named values, joined by `|`. */
export function apiHash(secret: string, fields: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  return sha512(secret, names.map((name) => String(fields[name] ?? '')).join('|'));
}

function queryOf(fields: Fields): string {
  const pairs = Object.keys(fields)
    .filter((name) => fields[name] !== '' && !UNSIGNED.has(name))
    .sort()
    .map((name): [string, string] => [name, fields[name] ?? '']);
  return new URLSearchParams(pairs).toString();
}

function sha512(secret: string, text: string): string {
  return createHmac('sha512', secret).update(text, 'utf8').digest('hex');
}
