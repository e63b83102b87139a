import { timingSafeEqual } from 'node:crypto';
import { unavailable } from '#runtime/errors.ts';
import { payOsCreateSignature, payOsDataSignature, payOsPayoutSignature } from './payos-signature.ts';
import type { LinkRequest, LinkResult, LinkStatus, PaymentProvider, RefundRequest, RefundResult } from './provider.ts';
import { amountIn, callProvider, type HttpAnswer, type ProviderHttp } from './provider-http.ts';

export interface PayOsOptions {
  readonly clientId: string;
  readonly apiKey: string;
  readonly checksumKey: string;
  readonly http: ProviderHttp;
  /** Where buyers go who cancel, when the order has no page of its own to return to. */
  readonly fallbackUrl: string;
}

const OK = '00';
const LINK_EXISTS = '231';
const NOT_FOUND = new Set(['101', '404']);
const NOT_PAID_OUT: ReadonlySet<unknown> = new Set(['FAILED', 'CANCELLED', 'REVERSED']);
/** Longer texts are refused for some banks. */
const MAX_DESCRIPTION = 25;

/** PayOS merchant API v2. Source: payos.vn/docs and the official payos-lib-node. */
export function payOs(options: PayOsOptions): PaymentProvider {
  const { http, checksumKey } = options;
  const credentials = { 'x-client-id': options.clientId, 'x-api-key': options.apiKey };

  const call = (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: object) =>
    callProvider(http, method, path, { headers: credentials, signal, ...(body ? { body } : {}) });

  return {
    name: 'payos',

    // A number from a sequence: hashes of that size collide within days.
    newRef: async (_paymentId, _attempt, sequence) => (await sequence()).toString(),
    newRefundId: (refundId, attempt) => (attempt === 1 ? refundId : `${refundId}-${attempt}`),

    async createLink(request: LinkRequest, signal): Promise<LinkResult> {
      const link = {
        orderCode: Number(request.ref),
        amount: Number(request.amount.amountMinor), // VND: whole dong, far below 2^53
        description: request.description.slice(0, MAX_DESCRIPTION),
        cancelUrl: request.returnUrl || options.fallbackUrl,
        returnUrl: request.returnUrl || options.fallbackUrl,
      };
      const answer = await call('POST', '/v2/payment-requests', signal, {
        ...link,
        expiredAt: Math.floor(request.expireTimeMs / 1000),
        signature: payOsCreateSignature(checksumKey, link),
      });
      if (answer.json['code'] === LINK_EXISTS) return { kind: 'exists' };
      if (answer.json['code'] !== OK) return { kind: 'refused', reason: `PAYOS_${answer.json['code']}` };
      const data = verifiedData(answer, checksumKey);
      if (typeof data['checkoutUrl'] !== 'string') throw unusable('a new link has no checkoutUrl');
      return { kind: 'created', url: data['checkoutUrl'], providerId: String(data['paymentLinkId']) };
    },

    async query(ref, signal): Promise<LinkStatus> {
      const answer = await call('GET', `/v2/payment-requests/${ref}`, signal);
      if (answer.json['code'] !== OK) {
        if (NOT_FOUND.has(String(answer.json['code'])) || answer.status === 404) {
          return { state: 'gone', reason: 'NOT_FOUND', received: [], raw: answer.text };
        }
        throw unusable(`a query was answered with code ${answer.json['code']}`);
      }
      const data = verifiedData(answer, checksumKey);
      const received = transactionsOf(data).map((transaction) => ({
        txnId: `${data['id']}:${transaction['reference']}`,
        amount: amountIn(transaction['amount']),
      }));
      const status = String(data['status']);
      const open = status === 'PENDING' || status === 'PROCESSING' || status === 'UNDERPAID';
      return { state: open ? 'open' : 'ended', reason: status, received, raw: answer.text };
    },

    async cancelLink(ref, reason, signal) {
      await call('POST', `/v2/payment-requests/${ref}/cancel`, signal, { cancellationReason: reason });
    },

    /**
     * PayOS has no refund call: money goes back as a payout to the account it came from (payouts API, idempotent by
     * x-idempotency-key). When the bank did not tell that account, only a person can do it.
     */
    async refund(request: RefundRequest, signal): Promise<RefundResult> {
      const link = await call('GET', `/v2/payment-requests/${request.ref}`, signal);
      if (link.json['code'] !== OK) throw unusable(`a query was answered with code ${link.json['code']}`);
      const reference = request.txnId.slice(request.txnId.indexOf(':') + 1);
      const payer = transactionsOf(verifiedData(link, checksumKey)).find((item) => item['reference'] === reference);
      const toBin = payer?.['counterAccountBankId'];
      const toAccountNumber = payer?.['counterAccountNumber'];
      if (typeof toBin !== 'string' || toBin === '' || typeof toAccountNumber !== 'string' || toAccountNumber === '') {
        return { kind: 'refused', reason: 'PAYER_ACCOUNT_UNKNOWN' };
      }
      const body = {
        referenceId: request.refundId,
        amount: Number(request.amount.amountMinor),
        description: `refund ${request.ref}`.slice(0, MAX_DESCRIPTION),
        toBin,
        toAccountNumber,
      };
      const payout = await callProvider(http, 'POST', '/v1/payouts', {
        body,
        signal,
        headers: {
          ...credentials,
          'x-idempotency-key': request.refundId,
          'x-signature': payOsPayoutSignature(checksumKey, body),
        },
      });
      if (payout.json['code'] !== OK)
        return { kind: 'refused', reason: `PAYOS_${payout.json['code'] ?? payout.status}` };
      const states = listOf((payout.json['data'] as Record<string, unknown> | undefined)?.['transactions']).map(
        (item) => item['state'],
      );
      if (states.length > 0 && states.every((state) => state === 'SUCCEEDED')) return { kind: 'done' };
      if (states.some((state) => NOT_PAID_OUT.has(state))) {
        // The same id would be told of the same payout for ever.
        const spent = states.every((state) => NOT_PAID_OUT.has(state));
        return { kind: 'refused', reason: `PAYOUT_${states.join('_')}`, spent };
      }
      return { kind: 'processing', accepted: true };
    },
  };
}

/** The `data` of an answer once its signature holds. */
function verifiedData({ json }: HttpAnswer, checksumKey: string): Readonly<Record<string, unknown>> {
  const data = json['data'];
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw unusable('an answer has no data');
  const fields = data as Record<string, unknown>;
  const expected = Buffer.from(payOsDataSignature(checksumKey, fields));
  const given = Buffer.from(String(json['signature'] ?? ''));
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw unusable('an answer has a wrong signature');
  return fields;
}

function transactionsOf(data: Readonly<Record<string, unknown>>) {
  return listOf(data['transactions']);
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}

function unusable(why: string): Error {
  return unavailable('PROVIDER_UNAVAILABLE', `PayOS: ${why}`);
}
