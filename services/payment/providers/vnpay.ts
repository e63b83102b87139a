import { timingSafeEqual } from 'node:crypto';
import { unavailable } from '#runtime/errors.ts';
import { money } from '#runtime/money.ts';
import type { LinkRequest, LinkResult, LinkStatus, PaymentProvider, RefundRequest, RefundResult } from './provider.ts';
import { callProvider, type ProviderHttp } from './provider-http.ts';
import { vnPayApiHash, vnPayHash, vnPayQuery, vnPayTime } from './vnpay-signature.ts';

export interface VnPayOptions {
  readonly tmnCode: string;
  readonly hashSecret: string;
  /** Of the merchant API. */
  readonly http: ProviderHttp;
  /** The page on which buyers pay. */
  readonly payUrl: string;
  /** Where buyers go when the order has no page of its own to return to. */
  readonly fallbackUrl: string;
}

const VERSION = '2.1.0';
const OK = '00';
const NOT_FOUND = '91';
/** This request id was sent before. */
const REPEATED = '94';
/** VNPay does not know what became of the request. */
const UNKNOWN = '99';
/** Of a transaction: neither paid nor failed. The money left the buyer, and VNPay has not got it yet (04) or looks into it (07). */
const UNDECIDED = new Set(['01', '04', '07']);
/** Of a refund: the bank does not take it. 05 and 06 are on their way there. */
const REFUND_REFUSED = '09';
/** VNPay asks for an address of the buyer and of the merchant's server; it decides nothing. */
const IP_ADDRESS = '127.0.0.1';
/** The time at the beginning of every reference. */
const TIME_LENGTH = 14;

/**
 * VNPay 2.1.0. A payment link is a signed URL: nothing is created at VNPay until a buyer opens it, so making one cannot time
 * out. The merchant API wants the time at which the URL was made, so references begin with it.
 */
export function vnPay({ tmnCode, hashSecret, http, payUrl, fallbackUrl }: VnPayOptions): PaymentProvider {
  const { clock } = http;

  const call = async (fields: Readonly<Record<string, string>>, order: readonly string[], signal: AbortSignal) => {
    const vnp_SecureHash = vnPayApiHash(
      hashSecret,
      order.map((name) => fields[name] ?? ''),
    );
    const { json, text } = await callProvider(http, 'POST', '/merchant_webapi/api/transaction', {
      body: { ...fields, vnp_SecureHash },
      signal,
    });
    return { answer: json, text };
  };

  const querydr = async (ref: string, requestId: string, signal: AbortSignal) => {
    const fields = {
      vnp_RequestId: requestId,
      vnp_Version: VERSION,
      vnp_Command: 'querydr',
      vnp_TmnCode: tmnCode,
      vnp_TxnRef: ref,
      vnp_TransactionDate: ref.slice(0, TIME_LENGTH),
      vnp_CreateDate: vnPayTime(clock.now()),
      vnp_IpAddr: IP_ADDRESS,
      vnp_OrderInfo: `query ${ref}`,
    };
    const { answer, text } = await call(fields, QUERY_ORDER, signal);
    const code = answer['vnp_ResponseCode'];
    if (code !== OK && code !== NOT_FOUND) throw unusable(`a query was answered with code ${code}`);
    if (!signed(answer, QUERY_ANSWER_ORDER, hashSecret)) throw unusable('an answer has a wrong signature');
    return { answer, text };
  };

  /** The transaction itself says whether its money is on its way back, and how far. */
  const refundState = async (ref: string, accepted: boolean, signal: AbortSignal): Promise<RefundResult> => {
    const { answer } = await querydr(ref, requestId(ref, clock.now()), signal);
    const status = String(answer['vnp_TransactionStatus']);
    if (answer['vnp_ResponseCode'] !== OK || answer['vnp_TransactionType'] === '01')
      return { kind: 'processing', accepted };
    if (status === OK) return { kind: 'done' };
    // The bank has refused this one for good: only another one may succeed.
    if (status === REFUND_REFUSED) return { kind: 'refused', reason: `VNPAY_${status}`, spent: true };
    return { kind: 'processing', accepted: true };
  };

  return {
    name: 'vnpay',

    // Letters and digits only; unique within a day.
    async newRef(paymentId, attempt) {
      return `${vnPayTime(clock.now())}${paymentId.replaceAll('-', '')}${attempt === 1 ? '' : attempt}`;
    },

    // At most 32 characters.
    newRefundId: (refundId, attempt) =>
      attempt === 1 ? refundId.replaceAll('-', '') : `${refundId.replaceAll('-', '').slice(-24)}n${attempt}`,

    async createLink(request: LinkRequest): Promise<LinkResult> {
      const fields = {
        vnp_Version: VERSION,
        vnp_Command: 'pay',
        vnp_TmnCode: tmnCode,
        vnp_Amount: String(request.amount.amountMinor * 100n),
        vnp_CreateDate: request.ref.slice(0, TIME_LENGTH),
        vnp_ExpireDate: vnPayTime(request.expireTimeMs),
        vnp_CurrCode: 'VND',
        vnp_IpAddr: IP_ADDRESS,
        vnp_Locale: 'vn',
        vnp_OrderInfo: plain(request.description || request.orderId),
        vnp_OrderType: 'other',
        vnp_ReturnUrl: request.returnUrl || fallbackUrl,
        vnp_TxnRef: request.ref,
      };
      const url = `${payUrl}?${vnPayQuery(fields)}&vnp_SecureHash=${vnPayHash(hashSecret, fields)}`;
      return { kind: 'created', url, providerId: undefined };
    },

    async query(ref, signal): Promise<LinkStatus> {
      const { answer, text } = await querydr(ref, requestId(ref, clock.now()), signal);
      // Nobody has opened the URL yet, so somebody still may.
      if (answer['vnp_ResponseCode'] === NOT_FOUND) {
        return { state: 'open', reason: 'NOT_FOUND', received: [], raw: text };
      }
      const status = String(answer['vnp_TransactionStatus']);
      if (status === OK && answer['vnp_TransactionType'] === '01') {
        const received = [{ txnId: String(answer['vnp_TransactionNo']), amount: vndOf(answer['vnp_Amount']) }];
        return { state: 'ended', reason: 'PAID', received, raw: text };
      }
      const open = UNDECIDED.has(status);
      return { state: open ? 'open' : 'ended', reason: `VNPAY_${status}`, received: [], raw: text };
    },

    // There is no cancel call: the URL ends with vnp_ExpireDate, and late money is given back.
    async cancelLink() {},

    // Accepting a refund is no refund: the bank may take days, and may refuse. Only the query knows.
    async refund(request: RefundRequest, signal): Promise<RefundResult> {
      if (request.accepted) return await refundState(request.ref, true, signal);
      const fields = {
        vnp_RequestId: request.refundId,
        vnp_Version: VERSION,
        vnp_Command: 'refund',
        vnp_TmnCode: tmnCode,
        // 02 gives back all of it, 03 a part. A part may also be all: only the amount counts.
        vnp_TransactionType: '03',
        vnp_TxnRef: request.ref,
        vnp_Amount: String(request.amount.amountMinor * 100n),
        vnp_TransactionNo: request.txnId,
        vnp_TransactionDate: request.ref.slice(0, TIME_LENGTH),
        vnp_CreateBy: 'ticketbottle',
        vnp_CreateDate: vnPayTime(clock.now()),
        vnp_IpAddr: IP_ADDRESS,
        vnp_OrderInfo: plain(request.reason),
      };
      const { answer } = await call(fields, REFUND_ORDER, signal);
      const code = String(answer['vnp_ResponseCode']);
      if (code === OK) {
        if (!signed(answer, REFUND_ANSWER_ORDER, hashSecret)) throw unusable('an answer has a wrong signature');
        return { kind: 'processing', accepted: true };
      }
      if (code === UNKNOWN) throw unusable(`a refund was answered with code ${code}`);
      if (code !== REPEATED) return { kind: 'refused', reason: `VNPAY_${code}`, spent: true };
      // Sent before, and the answer was lost.
      return await refundState(request.ref, false, signal);
    },
  };
}

const QUERY_ORDER =
  'vnp_RequestId vnp_Version vnp_Command vnp_TmnCode vnp_TxnRef vnp_TransactionDate vnp_CreateDate vnp_IpAddr vnp_OrderInfo'.split(
    ' ',
  );
const QUERY_ANSWER_ORDER =
  'vnp_ResponseId vnp_Command vnp_ResponseCode vnp_Message vnp_TmnCode vnp_TxnRef vnp_Amount vnp_BankCode vnp_PayDate vnp_TransactionNo vnp_TransactionType vnp_TransactionStatus vnp_OrderInfo vnp_PromotionCode vnp_PromotionAmount'.split(
    ' ',
  );
const REFUND_ORDER =
  'vnp_RequestId vnp_Version vnp_Command vnp_TmnCode vnp_TransactionType vnp_TxnRef vnp_Amount vnp_TransactionNo vnp_TransactionDate vnp_CreateBy vnp_CreateDate vnp_IpAddr vnp_OrderInfo'.split(
    ' ',
  );
const REFUND_ANSWER_ORDER =
  'vnp_ResponseId vnp_Command vnp_ResponseCode vnp_Message vnp_TmnCode vnp_TxnRef vnp_Amount vnp_BankCode vnp_PayDate vnp_TransactionNo vnp_TransactionType vnp_TransactionStatus vnp_OrderInfo'.split(
    ' ',
  );

function signed(answer: Readonly<Record<string, unknown>>, order: readonly string[], secret: string): boolean {
  const expected = Buffer.from(
    vnPayApiHash(
      secret,
      order.map((name) => String(answer[name] ?? '')),
    ),
  );
  const given = Buffer.from(String(answer['vnp_SecureHash'] ?? '').toLowerCase());
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Amounts are hundredths of a dong. */
function vndOf(amount: unknown) {
  return money(BigInt(String(amount)) / 100n, 'VND');
}

/** At most 32 letters and digits, another one for every question. */
function requestId(ref: string, nowMs: number): string {
  return `${ref.slice(-18)}${nowMs}`.slice(-32);
}

/** VNPay takes no accents and no special characters here. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[^A-Za-z0-9 .:_-]/g, '')
    .slice(0, 255);
}

function unusable(why: string): Error {
  return unavailable('PROVIDER_UNAVAILABLE', `VNPay: ${why}`);
}
