import { hmacHex } from './hmac.ts';

/** The fields of each signed ZaloPay v2 message, in the order of the specification. */
export const ZALOPAY_SIGNED = {
  create: ['app_id', 'app_trans_id', 'app_user', 'amount', 'app_time', 'embed_data', 'item'],
  refund: ['app_id', 'zp_trans_id', 'amount', 'description', 'timestamp'],
  queryRefund: ['app_id', 'm_refund_id', 'timestamp'],
  redirect: ['appid', 'apptransid', 'pmcid', 'bankcode', 'amount', 'discountamount', 'status'],
} as const;

/** hex(HMAC_SHA256(key, values joined by `|`)), values exactly as sent. */
export function zaloPayMac(
  key: string,
  message: keyof typeof ZALOPAY_SIGNED,
  fields: Readonly<Record<string, unknown>>,
): string {
  return hmacHex(key, ZALOPAY_SIGNED[message].map((name) => String(fields[name] ?? '')).join('|'));
}

/** The query signs the key itself as its last field. */
export function zaloPayQueryMac(key1: string, fields: { app_id: unknown; app_trans_id: unknown }): string {
  return hmacHex(key1, `${fields.app_id}|${fields.app_trans_id}|${key1}`);
}

/** A callback is signed with the other key, over the data string as it is sent. */
export function zaloPayCallbackMac(key2: string, data: string): string {
  return hmacHex(key2, data);
}
