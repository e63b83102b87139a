import type { Logger } from '#runtime/log.ts';
import { readPayOsEvent } from './payos.ts';
import { readVnPayIpn } from './vnpay.ts';
import { readZaloPayCallback } from './zalopay.ts';

/** The part of an API Gateway HTTP API event (payload format 2.0) that is read here. */
export interface HttpEvent {
  readonly rawPath?: string;
  /** VNPay calls with GET and tells everything here. */
  readonly rawQueryString?: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: { readonly requestId?: string };
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** One verified event as payment_apply_event takes it. */
export interface AppliedEvent {
  readonly provider: 'zalopay' | 'payos' | 'vnpay';
  readonly providerRef: string;
  readonly kind: 'captured' | 'failed';
  readonly providerTxnId: string | null;
  readonly amountMinor: bigint | null;
  readonly currency: string | null;
  readonly reason: string | null;
  readonly raw: string;
}

export interface WebhookDeps {
  readonly log: Logger;
  /** Runs payment_apply_event; returns its verdict. Throws when the database cannot be reached. */
  readonly apply: (event: AppliedEvent) => Promise<string>;
  readonly keys: () => Promise<{
    zaloPayAppId?: string | undefined;
    zaloPayKey2?: string | undefined;
    payOsChecksumKey?: string | undefined;
    vnPayTmnCode?: string | undefined;
    vnPayHashSecret?: string | undefined;
  }>;
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Verifies and applies one provider callback. The answer is what that provider expects: it decides whether the provider
 * comes again, so a body that can never be right is answered finally and a broken store is not.
 */
export function createWebhook(deps: WebhookDeps): (event: HttpEvent) => Promise<HttpAnswer> {
  return async (event) => {
    const provider = /\/webhook\/([a-z]+)\/?$/.exec(event.rawPath ?? '')?.[1];
    const body =
      event.isBase64Encoded === true ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) return json(413, { message: 'body too large' });
    const log = deps.log.child({ provider, request_id: event.requestContext?.requestId });
    if (provider === 'zalopay') return await zaloPay(deps, log, body);
    if (provider === 'payos') return await payOs(deps, log, body);
    if (provider === 'vnpay') return await vnPay(deps, log, event.rawQueryString ?? '');
    return json(404, { message: 'no such provider' });
  };
}

async function zaloPay(deps: WebhookDeps, log: Logger, body: string): Promise<HttpAnswer> {
  try {
    const { zaloPayKey2, zaloPayAppId } = await deps.keys();
    if (zaloPayKey2 === undefined || zaloPayKey2 === '') return json(404, { message: 'ZaloPay is not configured' });
    const callback = readZaloPayCallback(body, zaloPayKey2);
    if (callback === undefined || (zaloPayAppId !== undefined && callback.appId !== zaloPayAppId)) {
      log.warn('callback refused: signature or content is wrong');
      return json(200, { return_code: -1, return_message: 'mac not equal' });
    }
    await deps.apply({
      provider: 'zalopay',
      providerRef: callback.appTransId,
      kind: 'captured',
      providerTxnId: callback.zpTransId,
      amountMinor: callback.amount,
      currency: 'VND',
      reason: null,
      raw: body,
    });
    return json(200, { return_code: 1, return_message: 'success' });
  } catch (error) {
    // 0 makes ZaloPay call again.
    log.error({ err: error }, 'callback not applied');
    return json(200, { return_code: 0, return_message: 'try again' });
  }
}

async function payOs(deps: WebhookDeps, log: Logger, body: string): Promise<HttpAnswer> {
  try {
    const { payOsChecksumKey } = await deps.keys();
    if (payOsChecksumKey === undefined || payOsChecksumKey === '')
      return json(404, { message: 'PayOS is not configured' });
    const event = readPayOsEvent(body, payOsChecksumKey);
    if (event === undefined) {
      log.warn('webhook refused: signature or content is wrong');
      return json(400, { success: false });
    }
    const paid = event.code === '00';
    await deps.apply({
      provider: 'payos',
      providerRef: event.orderCode,
      kind: paid ? 'captured' : 'failed',
      providerTxnId: paid ? event.transactionId : null,
      amountMinor: paid ? event.amount : null,
      currency: paid ? event.currency : null,
      reason: paid ? null : event.code,
      raw: body,
    });
    return json(200, { success: true });
  } catch (error) {
    log.error({ err: error }, 'webhook not applied');
    return json(500, { success: false });
  }
}

/** 00 and 02 end the delivery; anything else makes VNPay call again, at most ten times. */
async function vnPay(deps: WebhookDeps, log: Logger, query: string): Promise<HttpAnswer> {
  const answer = (RspCode: string, Message: string) => json(200, { RspCode, Message });
  try {
    const { vnPayHashSecret, vnPayTmnCode } = await deps.keys();
    if (vnPayHashSecret === undefined || vnPayHashSecret === '')
      return json(404, { message: 'VNPay is not configured' });
    const event = readVnPayIpn(query, vnPayHashSecret);
    if (event === undefined || (vnPayTmnCode !== undefined && event.tmnCode !== vnPayTmnCode)) {
      log.warn('IPN refused: signature or content is wrong');
      return answer('97', 'Invalid Checksum');
    }
    const { txnRef: providerRef, outcome } = event;
    if (outcome === 'undecided') {
      // The reconciliation of the payment service asks what became of it.
      log.warn({ provider_ref: providerRef, code: event.code }, 'VNPay has not decided yet');
      return answer('00', 'Confirm Success');
    }
    const paid = outcome === 'paid';
    const verdict = await deps.apply({
      provider: 'vnpay',
      providerRef,
      kind: paid ? 'captured' : 'failed',
      providerTxnId: paid ? event.transactionNo : null,
      amountMinor: paid ? event.amount : null,
      currency: paid ? 'VND' : null,
      reason: paid ? null : `VNPAY_${event.code}`,
      raw: query,
    });
    if (verdict === 'UNKNOWN') return answer('01', 'Order not found');
    if (verdict === 'DUPLICATE' || verdict === 'IGNORED') return answer('02', 'Order already confirmed');
    if (verdict === 'UNDERPAID' || verdict === 'CURRENCY_MISMATCH') return answer('04', 'Invalid amount');
    return answer('00', 'Confirm Success');
  } catch (error) {
    log.error({ err: error }, 'IPN not applied');
    return answer('99', 'Unknown error');
  }
}

function json(statusCode: number, body: object): HttpAnswer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
