import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a ZaloPay v2 callback says once its signature holds. */
export interface ZaloPayCallback {
  readonly appId: string;
  readonly appTransId: string;
  readonly zpTransId: string;
  readonly amount: bigint;
}

/**
 * Verifies `mac == hex(HMAC_SHA256(key2, data))` over the data string exactly as received and reads it; undefined when the
 * body is no callback or its signature is wrong. Source: docs.zalopay.vn, callback API.
 */
export function readZaloPayCallback(body: string, key2: string): ZaloPayCallback | undefined {
  const outer = parseObject(body);
  if (typeof outer?.data !== 'string' || typeof outer.mac !== 'string') return undefined;
  if (!sameHex(createHmac('sha256', key2).update(outer.data).digest(), outer.mac)) return undefined;
  const data = parseObject(outer.data);
  if (data === undefined) return undefined;
  const { app_id, app_trans_id, zp_trans_id, amount } = data;
  if (app_id === undefined || typeof app_trans_id !== 'string' || zp_trans_id === undefined || !isWhole(amount))
    return undefined;
  return {
    appId: String(app_id),
    appTransId: app_trans_id,
    zpTransId: zpTransIdText(outer.data, zp_trans_id),
    amount: BigInt(amount),
  };
}

/** zp_trans_id has more digits than a JSON number keeps; the text of the signed data has them all. */
function zpTransIdText(data: string, parsed: unknown): string {
  return /"zp_trans_id"\s*:\s*"?(\d+)/.exec(data)?.[1] ?? String(parsed);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Compares in constant time; a signature of another length is simply wrong. */
export function sameHex(expected: Buffer, given: string): boolean {
  // Buffer.from drops half a byte at the end, so the length of the text counts.
  if (given.length !== expected.length * 2 || !/^[0-9a-f]+$/i.test(given)) return false;
  return timingSafeEqual(Buffer.from(given, 'hex'), expected);
}
