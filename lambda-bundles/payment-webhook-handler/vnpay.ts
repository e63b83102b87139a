import { createHmac } from 'node:crypto';
import { sameHex } from './zalopay.ts';

/** What a VNPay IPN says once its signature holds. */
export interface VnPayEvent {
  readonly tmnCode: string;
  readonly txnRef: string;
  readonly transactionNo: string;
  /** Whole dong. */
  readonly amount: bigint;
  /** `undecided`: the money left the buyer and VNPay has not got it yet (04), or is looking into it (07). */
  readonly outcome: 'paid' | 'failed' | 'undecided';
  readonly code: string;
}

const UNDECIDED = new Set(['01', '04', '07']);

/**
 * Verifies the query string of an IPN: hex(HMAC_SHA512(secret, the other vnp_ fields that are not empty, keys ascending,
 * form-encoded)). undefined when it is no IPN or its hash is wrong. Source: sandbox.vnpayment.vn/apis/docs/thanh-toan-pay.
 */
export function readVnPayIpn(queryString: string, secret: string): VnPayEvent | undefined {
  const fields = new URLSearchParams(queryString);
  const given = fields.get('vnp_SecureHash');
  if (given === null) return undefined;
  const signed = [...fields]
    .filter(
      ([name, value]) =>
        name.startsWith('vnp_') && value !== '' && name !== 'vnp_SecureHash' && name !== 'vnp_SecureHashType',
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // A name that comes twice could be signed as one thing and read as another.
  if (new Set(signed.map(([name]) => name)).size !== signed.length) return undefined;
  const expected = createHmac('sha512', secret).update(new URLSearchParams(signed).toString()).digest();
  if (!sameHex(expected, given)) return undefined;
  const field = (name: string) => fields.get(name) ?? '';
  const amount = field('vnp_Amount');
  if (!/^\d{1,17}$/.test(amount) || field('vnp_TxnRef') === '') return undefined;
  const [response, status] = [field('vnp_ResponseCode'), field('vnp_TransactionStatus')];
  const paid = response === '00' && status === '00';
  const undecided = !paid && (response === '07' || UNDECIDED.has(status));
  return {
    tmnCode: field('vnp_TmnCode'),
    txnRef: field('vnp_TxnRef'),
    transactionNo: field('vnp_TransactionNo'),
    amount: BigInt(amount) / 100n,
    outcome: paid ? 'paid' : undecided ? 'undecided' : 'failed',
    code: response === '00' ? status : response,
  };
}
