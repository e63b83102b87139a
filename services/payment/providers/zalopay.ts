import { unavailable } from '#runtime/errors.ts';
import type { LinkRequest, LinkResult, LinkStatus, PaymentProvider, RefundRequest, RefundResult } from './provider.ts';
import { amountIn, callProvider, type ProviderHttp } from './provider-http.ts';
import { vietnamDay, zaloPayMac } from './zalopay-mac.ts';

export interface ZaloPayOptions {
  readonly appId: string;
  readonly key1: string;
  readonly http: ProviderHttp;
  /** Where ZaloPay calls; empty: what is set at the merchant's page. */
  readonly callbackUrl: string;
}

const OK = 1;
const FAILED = 2;
const PROCESSING = 3;
const ALREADY_EXISTS = -68;
/** Its side is down: maintenance, system error. */
const TRY_AGAIN = new Set([-33, -500]);
/** Says nothing of what was asked about: also when it takes our key or an argument for wrong. */
const NO_ANSWER = new Set([...TRY_AGAIN, -401, -402]);

/** ZaloPay OpenAPI v2. Source: docs.zalopay.vn order-create, order-query, refund. */
export function zaloPay({ appId, key1, http, callbackUrl }: ZaloPayOptions): PaymentProvider {
  const { clock } = http;
  const call = (path: string, body: object, signal: AbortSignal) => callProvider(http, 'POST', path, { body, signal });

  return {
    name: 'zalopay',

    // Must start with today in Vietnam and is at most 40 characters long.
    async newRef(paymentId, attempt) {
      return `${vietnamDay(clock.now())}_${paymentId.replaceAll('-', '').slice(0, 30)}${attempt === 1 ? '' : attempt}`;
    },

    newRefundId(refundId) {
      return `${vietnamDay(clock.now())}_${appId}_${refundId.replaceAll('-', '').slice(-20)}`;
    },

    async createLink(request: LinkRequest, signal): Promise<LinkResult> {
      const app_time = clock.now();
      const app_user = 'buyer';
      const embed_data = JSON.stringify(request.returnUrl === '' ? {} : { redirecturl: request.returnUrl });
      const item = '[]';
      const amount = Number(request.amount.amountMinor); // VND: whole dong, far below 2^53
      const seconds = Math.floor((request.expireTimeMs - app_time) / 1000);
      const { json } = await call(
        '/v2/create',
        {
          app_id: Number(appId),
          app_user,
          app_trans_id: request.ref,
          app_time,
          amount,
          item,
          embed_data,
          description: request.description.slice(0, 256),
          // The provider takes no less than 300 s; a shorter hold is guarded by the order, which handles late money.
          expire_duration_seconds: Math.min(Math.max(seconds, 300), 2_592_000),
          ...(callbackUrl === '' ? {} : { callback_url: callbackUrl }),
          mac: zaloPayMac(key1, [appId, request.ref, app_user, amount, app_time, embed_data, item]),
        },
        signal,
      );
      if (json['return_code'] === OK && typeof json['order_url'] === 'string') {
        return { kind: 'created', url: json['order_url'], providerId: undefined };
      }
      const sub = Number(json['sub_return_code']);
      if (sub === ALREADY_EXISTS) return { kind: 'exists' };
      if (TRY_AGAIN.has(sub)) throw unavailable('PROVIDER_UNAVAILABLE', `ZaloPay is down (${sub})`);
      return { kind: 'refused', reason: `ZALOPAY_${sub}` };
    },

    async query(ref, signal): Promise<LinkStatus> {
      const mac = zaloPayMac(key1, [appId, ref, key1]);
      const { json, text } = await call('/v2/query', { app_id: Number(appId), app_trans_id: ref, mac }, signal);
      demandAnswer(json, 'a query');
      if (json['return_code'] === OK) {
        return {
          state: 'ended',
          reason: 'PAID',
          received: [{ txnId: zpTransId(text), amount: amountIn(json['amount']) }],
          raw: text,
        };
      }
      if (json['return_code'] === PROCESSING) return { state: 'open', reason: 'PENDING', received: [], raw: text };
      return { state: 'ended', reason: `ZALOPAY_${json['sub_return_code']}`, received: [], raw: text };
    },

    // v2 has no cancel call among those we use: the order ends with expire_duration_seconds, and late money is refunded.
    async cancelLink() {},

    async refund(request: RefundRequest, signal): Promise<RefundResult> {
      const timestamp = clock.now();
      const amount = Number(request.amount.amountMinor);
      const description = request.reason.slice(0, 100);
      const { json } = await call(
        '/v2/refund',
        {
          app_id: Number(appId),
          m_refund_id: request.refundId,
          zp_trans_id: request.txnId,
          amount,
          timestamp,
          description,
          mac: zaloPayMac(key1, [appId, request.txnId, amount, description, timestamp]),
        },
        signal,
      );
      if (json['return_code'] === OK) return { kind: 'done' };
      // Processing, or this m_refund_id was sent before: its own query knows how it went.
      const at = clock.now();
      const status = await call(
        '/v2/query_refund',
        {
          app_id: Number(appId),
          m_refund_id: request.refundId,
          timestamp: at,
          mac: zaloPayMac(key1, [appId, request.refundId, at]),
        },
        signal,
      );
      demandAnswer(status.json, 'a query of a refund');
      if (status.json['return_code'] === OK) return { kind: 'done' };
      if (status.json['return_code'] === PROCESSING) return { kind: 'processing', accepted: true };
      const reason = `ZALOPAY_${json['sub_return_code'] ?? status.json['sub_return_code']}`;
      // An id is good for one try, and on its own day; the next try has the id of its day.
      return { kind: 'refused', reason, spent: !request.refundId.startsWith(vietnamDay(clock.now())) };
    },
  };
}

/** Throws when the answer does not tell: nothing must be given up because ZaloPay could not say. */
function demandAnswer(json: Readonly<Record<string, unknown>>, what: string): void {
  const [code, sub] = [json['return_code'], json['sub_return_code']];
  if (code === OK || code === PROCESSING || (code === FAILED && !NO_ANSWER.has(Number(sub)))) return;
  throw unavailable('PROVIDER_UNAVAILABLE', `ZaloPay: ${what} was answered with ${code}, ${sub}`);
}

/** zp_trans_id may have more digits than a JSON number keeps; the text has them all. */
function zpTransId(text: string): string {
  const digits = /"zp_trans_id"\s*:\s*"?(\d+)/.exec(text)?.[1];
  if (digits === undefined) throw unavailable('PROVIDER_UNAVAILABLE', 'ZaloPay: a paid order has no zp_trans_id');
  return digits;
}
