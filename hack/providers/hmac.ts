import { createHmac, timingSafeEqual } from 'node:crypto';

/** hex(HMAC_SHA256(key, text)), UTF-8. */
export function hmacHex(key: string, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

export function sameSignature(expected: string, given: unknown): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(String(given).toLowerCase())];
  return a.length === b.length && timingSafeEqual(a, b);
}
