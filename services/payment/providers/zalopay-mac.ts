import { createHmac } from 'node:crypto';

/** hex(HMAC_SHA256(key, fields joined by |)), the exact strings that are sent. */
export function zaloPayMac(key: string, fields: readonly (string | number | bigint)[]): string {
  return createHmac('sha256', key).update(fields.join('|')).digest('hex');
}

/** `yymmdd` of an instant in Vietnam (GMT+7, no daylight saving), whatever the time zone of this machine. */
export function vietnamDay(ms: number): string {
  return new Date(ms + 7 * 3_600_000).toISOString().slice(2, 10).replaceAll('-', '');
}
