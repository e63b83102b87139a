import type { Clock } from '#runtime/clock.ts';
import { callbackPlan, type PayRequest, type PayResult } from './behaviour.ts';
import type { Callbacks, Delivery } from './callbacks.ts';
import { sameSignature } from './hmac.ts';
import { type PaymentRecord, paidOf, refundable, type Transaction } from './payment-record.ts';
import { firstIdOfDay, vietnamDateTime } from './vietnam-time.ts';
import { apiHash, queryHash, signedQuery } from './vnpay-hash.ts';

export interface VnPayDeps {
  readonly tmnCode: string;
  readonly hashSecret: string;
  /** Told to VNPay by the merchant's people; `setIpnUrl` replaces it. */
  readonly ipnUrl: string | undefined;
  readonly clock: Clock;
  readonly callbacks: Callbacks;
}

type Fields = Readonly<Record<string, string>>;
type Answer = Readonly<Record<string, unknown>>;

export const REFUND_OUTCOMES = ['done', 'processing', 'refused'] as const;
export type RefundOutcome = (typeof REFUND_OUTCOMES)[number];

export interface VnPayOrder {
  readonly request: Fields;
  readonly record: PaymentRecord;
}

const QUERY = words('RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo');
const REFUND = words(
  'RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate IpAddr OrderInfo',
);
const ANSWER = words(
  'ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus OrderInfo',
);
const REQUIRED = words(
  'Version Command TmnCode Amount CreateDate CurrCode IpAddr Locale OrderInfo OrderType ReturnUrl TxnRef ExpireDate',
);

/** VNPay 2.1.0 as a merchant sees it: a signed URL opens an order, an IPN tells, the merchant API queries and refunds. */
export class VnPay {
  readonly #deps: VnPayDeps;
  readonly #orders = new Map<string, VnPayOrder>();
  readonly #requests = new Set<string>();
  /** What the bank does with refunds, judged when somebody asks about one. */
  refundOutcome: RefundOutcome = 'done';
  /** The newest refund of a reference, as far as the bank has come with it. */
  readonly #newest = new Map<string, { readonly id: string; status: '05' | '06' | '00' | '09' }>();
  /** References whose money left the buyer's bank and has not arrived. */
  readonly reversed = new Set<string>();
  #ipnUrl: string | undefined;
  #counter: number;

  constructor(deps: VnPayDeps) {
    this.#deps = deps;
    this.#ipnUrl = deps.ipnUrl;
    this.#counter = firstIdOfDay(deps.clock.now());
  }

  orders(): Iterable<VnPayOrder> {
    return this.#orders.values();
  }

  order(txnRef: string): VnPayOrder | undefined {
    return this.#orders.get(txnRef);
  }

  setIpnUrl(url: string): void {
    this.#ipnUrl = url;
  }

  /** A buyer opens the signed URL: the order is made, or found. Text: why VNPay shows an error page instead. */
  open(fields: Fields): VnPayOrder | string {
    const { tmnCode, hashSecret, clock } = this.#deps;
    if (!sameSignature(queryHash(hashSecret, fields), fields['vnp_SecureHash'])) return 'wrong signature (70)';
    const missing = REQUIRED.filter((name) => (fields[name] ?? '') === '');
    if (missing.length > 0) return `missing: ${missing.join(', ')}`;
    if (fields['vnp_TmnCode'] !== tmnCode) return 'unknown merchant (72)';
    const amount = Number(fields['vnp_Amount']);
    if (!Number.isSafeInteger(amount) || amount <= 0 || amount % 100 !== 0) return 'vnp_Amount must be dong times 100';
    if (!/^[A-Za-z0-9]{1,100}$/.test(fields['vnp_TxnRef'] ?? '')) return 'vnp_TxnRef must be letters and digits';
    const ref = fields['vnp_TxnRef'] ?? '';
    const known = this.#orders.get(ref);
    if (known !== undefined) return known;
    const expiresAtMs = timeOf(fields['vnp_ExpireDate'] ?? '');
    if (Number.isNaN(expiresAtMs)) return 'vnp_ExpireDate must be yyyyMMddHHmmss';
    if (expiresAtMs <= clock.now()) return 'the time to pay is over (15)';
    const record: PaymentRecord = {
      ...{ provider: 'vnpay', providerRef: ref, amount: amount / 100, description: fields['vnp_OrderInfo'] ?? '' },
      ...{ createdAtMs: timeOf(fields['vnp_CreateDate'] ?? ''), expiresAtMs },
      ...{ cancelledAtMs: undefined, transactions: [], refunds: [], callbacks: [] },
    };
    const order = { request: fields, record };
    this.#orders.set(ref, order);
    return order;
  }

  /** `POST /merchant_webapi/api/transaction`. */
  api(body: Answer): Answer {
    const command = body['vnp_Command'];
    if (body['vnp_TmnCode'] !== this.#deps.tmnCode) return this.#answer(body, '02', 'unknown merchant');
    const names = command === 'querydr' ? QUERY : command === 'refund' ? REFUND : undefined;
    if (names === undefined) return this.#answer(body, '03', 'unknown command');
    if (!sameSignature(apiHash(this.#deps.hashSecret, body, names), body['vnp_SecureHash'])) {
      return this.#answer(body, '97', 'wrong checksum');
    }
    const id = `${command}:${body['vnp_RequestId']}`;
    if (this.#requests.has(id)) return this.#answer(body, '94', 'this request id was sent before');
    this.#requests.add(id);
    const order = this.#orders.get(String(body['vnp_TxnRef']));
    if (order === undefined || order.request['vnp_CreateDate'] !== body['vnp_TransactionDate']) {
      return this.#answer(body, '91', 'no such transaction');
    }
    return command === 'querydr' ? this.#found(body, order) : this.#refund(body, order);
  }

  /** What the buyer does. A reference takes money once; a failed try ends it. */
  pay(order: VnPayOrder, { behaviour, delayMs, amount }: PayRequest): PayResult {
    const { record } = order;
    const { times, genuine, failure } = callbackPlan(behaviour, false);
    const end = this.endOf(order);
    if (genuine && end !== undefined) return { kind: 'refused', reason: end };
    const laterMs = delayMs + 300;
    if (failure === 'only' || failure === 'before') this.#tell(order, this.#transaction(0), '24', true, delayMs);
    if (failure === 'only') {
      record.cancelledAtMs = this.#deps.clock.now();
      return { kind: 'done' };
    }
    const asked = behaviour === 'wrong-amount' ? (amount ?? Math.max(1, record.amount - 1_000)) : record.amount;
    const transaction = this.#transaction(asked);
    if (genuine) record.transactions.push(transaction);
    for (let sent = 0; sent < times; sent++) {
      this.#tell(order, transaction, '00', genuine, failure === 'before' ? laterMs : delayMs);
    }
    if (failure === 'after') this.#tell(order, this.#transaction(0), '24', true, laterMs);
    return { kind: 'done' };
  }

  /** Why nobody can pay any more; undefined while one can. */
  endOf({ record }: VnPayOrder): 'PAID' | 'CANCELLED' | 'EXPIRED' | undefined {
    if (paidOf(record) > 0) return 'PAID';
    if (record.cancelledAtMs !== undefined) return 'CANCELLED';
    return this.#deps.clock.now() >= record.expiresAtMs ? 'EXPIRED' : undefined;
  }

  /** Where the buyer's browser goes after the payment page. */
  returnUrl(order: VnPayOrder): string {
    const paid = order.record.transactions[0];
    const fields = this.#fields(order, paid ?? this.#transaction(0), paid === undefined ? '24' : '00');
    return `${order.request['vnp_ReturnUrl']}?${signedQuery(this.#deps.hashSecret, fields)}`;
  }

  #tell(order: VnPayOrder, transaction: Transaction, code: string, genuine: boolean, delayMs: number): void {
    if (this.#ipnUrl === undefined) return;
    const key = genuine ? this.#deps.hashSecret : `${this.#deps.hashSecret}-stolen`;
    const url = `${this.#ipnUrl}?${signedQuery(key, this.#fields(order, transaction, code))}`;
    const onDelivery = (delivery: Delivery) => void order.record.callbacks.push(delivery);
    this.#deps.callbacks.send({ url, body: undefined, delayMs, callAgain: vnPayWantsMore, onDelivery });
  }

  #fields({ request, record }: VnPayOrder, { id, amount, atMs }: Transaction, code: string): Fields {
    return {
      vnp_TmnCode: this.#deps.tmnCode,
      vnp_Amount: String((code === '00' ? amount : record.amount) * 100),
      vnp_BankCode: 'NCB',
      vnp_BankTranNo: code === '00' ? `VNP${id}` : '',
      vnp_CardType: 'ATM',
      vnp_PayDate: compact(atMs),
      vnp_OrderInfo: request['vnp_OrderInfo'] ?? '',
      vnp_TransactionNo: code === '00' ? id : '0',
      vnp_ResponseCode: code,
      vnp_TransactionStatus: code === '00' ? '00' : '02',
      vnp_TxnRef: record.providerRef,
    };
  }

  #found(body: Answer, { record }: VnPayOrder): Answer {
    const paid = record.transactions[0];
    const unpaid = this.reversed.has(record.providerRef) ? '04' : record.cancelledAtMs !== undefined ? '02' : '01';
    const status = paid !== undefined ? '00' : unpaid;
    const refund = this.#asked(record);
    return this.#answer(body, '00', 'success', {
      vnp_TxnRef: record.providerRef,
      vnp_Amount: String((paid?.amount ?? record.amount) * 100),
      vnp_BankCode: 'NCB',
      vnp_PayDate: paid === undefined ? '' : compact(paid.atMs),
      vnp_TransactionNo: paid?.id ?? '0',
      vnp_TransactionType:
        refund === undefined ? '01' : paid !== undefined && refundable(record, paid) === 0 ? '02' : '03',
      vnp_TransactionStatus: refund ?? status,
      vnp_OrderInfo: record.description,
    });
  }

  /** Status of the newest refund, moved on by being asked about; undefined when there is none. */
  #asked(record: PaymentRecord): string | undefined {
    const newest = this.#newest.get(record.providerRef);
    if (newest === undefined) return undefined;
    if (newest.status === '05' || newest.status === '06') {
      newest.status = this.refundOutcome === 'done' ? '00' : this.refundOutcome === 'refused' ? '09' : '06';
      // The bank did not take it: nothing went back.
      const at = record.refunds.findIndex(({ id }) => id === newest.id);
      if (newest.status === '09' && at >= 0) record.refunds.splice(at, 1);
    }
    return newest.status;
  }

  #refund(body: Answer, { record }: VnPayOrder): Answer {
    const amount = Number(body['vnp_Amount']) / 100;
    const transaction = record.transactions.find(({ id }) => id === body['vnp_TransactionNo']);
    if (transaction === undefined) return this.#answer(body, '91', 'no such transaction');
    if (!Number.isSafeInteger(amount) || amount <= 0 || amount > refundable(record, transaction)) {
      return this.#answer(body, '95', 'VNPay refuses this refund');
    }
    const id = String(body['vnp_RequestId']);
    record.refunds.push({ id, transactionId: transaction.id, amount, atMs: this.#deps.clock.now() });
    this.#newest.set(record.providerRef, { id, status: '05' });
    return this.#answer(body, '00', 'success', {
      vnp_TxnRef: record.providerRef,
      vnp_Amount: String(amount * 100),
      vnp_BankCode: 'NCB',
      vnp_PayDate: compact(transaction.atMs),
      vnp_TransactionNo: transaction.id,
      vnp_TransactionType: String(body['vnp_TransactionType']),
      vnp_TransactionStatus: '05',
      vnp_OrderInfo: String(body['vnp_OrderInfo']),
    });
  }

  #answer(body: Answer, code: string, message: string, more: Fields = {}): Answer {
    const fields = {
      vnp_ResponseId: `simulated${++this.#counter}`,
      vnp_Command: body['vnp_Command'],
      vnp_ResponseCode: code,
      vnp_Message: message,
      vnp_TmnCode: this.#deps.tmnCode,
      vnp_TxnRef: body['vnp_TxnRef'],
      ...more,
    };
    const names = body['vnp_Command'] === 'querydr' ? [...ANSWER, 'vnp_PromotionCode', 'vnp_PromotionAmount'] : ANSWER;
    return { ...fields, vnp_SecureHash: apiHash(this.#deps.hashSecret, fields, names) };
  }

  #transaction(amount: number): Transaction {
    return { id: String(++this.#counter), amount, atMs: this.#deps.clock.now(), payerAccount: '' };
  }
}

/** As documented: only 00 and 02 end the delivery. */
export function vnPayWantsMore({ status, answer }: Delivery): boolean {
  if (status !== 200) return true;
  try {
    return !['00', '02'].includes(String((JSON.parse(answer) as { RspCode?: unknown }).RspCode));
  } catch {
    return true;
  }
}

function words(names: string): readonly string[] {
  return names.split(' ').map((name) => `vnp_${name}`);
}

const compact = (ms: number) => vietnamDateTime(ms).replaceAll(/[- :]/g, '');

/** NaN when it is no `yyyyMMddHHmmss`. */
function timeOf(text: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+07:00`);
}
