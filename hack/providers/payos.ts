import type { Clock } from '#runtime/clock.ts';
import { callbackPlan, type PayRequest, type PayResult } from './behaviour.ts';
import type { Callbacks, Delivery } from './callbacks.ts';
import { sameSignature } from './hmac.ts';
import { type PaymentRecord, paidOf, refundable, type Transaction } from './payment-record.ts';
import { payOsCreateSignature, payOsDataSignature, payOsPayoutSignature } from './payos-signature.ts';
import { firstIdOfDay, vietnamDateTime } from './vietnam-time.ts';

export interface PayOsDeps {
  readonly clientId: string;
  readonly apiKey: string;
  readonly checksumKey: string;
  readonly publicUrl: string;
  /** Registered beforehand, as on the merchant's page; `confirm-webhook` replaces it. */
  readonly webhookUrl: string | undefined;
  readonly clock: Clock;
  readonly callbacks: Callbacks;
}

type Fields = Readonly<Record<string, unknown>>;

export interface PayOsLink {
  readonly paymentLinkId: string;
  readonly request: Fields;
  readonly record: PaymentRecord;
  cancellationReason: string | null;
}

export type PayOsStatus = 'PENDING' | 'UNDERPAID' | 'PAID' | 'EXPIRED' | 'CANCELLED';

const ACCOUNT = { bin: '970422', accountNumber: '12345678', accountName: 'TICKETBOTTLE' };
const EMPTY_VIRTUAL = { virtualAccountName: '', virtualAccountNumber: '' };

/** PayOS merchant API v2 as a merchant sees it. One merchant; everything in memory. Answers are `{code, desc, data, signature}`. */
export class PayOs {
  readonly #deps: PayOsDeps;
  readonly #links = new Map<string, PayOsLink>();
  readonly #byId = new Map<string, PayOsLink>();
  readonly #payouts = new Map<string, Fields>();
  /** The bank does not take the next payout. */
  failNextPayout = false;
  #webhookUrl: string | undefined;
  #counter: number;

  constructor(deps: PayOsDeps) {
    this.#deps = deps;
    this.#counter = firstIdOfDay(deps.clock.now());
    this.#webhookUrl = deps.webhookUrl;
  }

  links(): Iterable<PayOsLink> {
    return this.#links.values();
  }

  /** By orderCode or paymentLinkId. */
  link(id: string): PayOsLink | undefined {
    return this.#links.get(id) ?? this.#byId.get(id);
  }

  authenticated(headers: Fields): boolean {
    const { clientId, apiKey } = this.#deps;
    return sameKey(clientId, headers['x-client-id']) && sameKey(apiKey, headers['x-api-key']);
  }

  /** `POST /v2/payment-requests`. */
  create(body: Fields): Fields {
    const { checksumKey, clock, publicUrl } = this.#deps;
    const problem = linkProblem(body);
    if (problem !== undefined) return refused('20', problem);
    if (!sameSignature(payOsCreateSignature(checksumKey, body), body.signature))
      return refused('201', 'wrong signature');
    const code = String(body.orderCode);
    if (this.#links.has(code)) return refused('231', 'orderCode already exists');
    const paymentLinkId = `simulated${String(++this.#counter).padStart(23, '0')}`;
    const now = clock.now();
    const record: PaymentRecord = {
      ...{ provider: 'payos', providerRef: code, amount: Number(body.amount), description: String(body.description) },
      createdAtMs: now,
      expiresAtMs: body.expiredAt === undefined ? Number.MAX_SAFE_INTEGER : Number(body.expiredAt) * 1000,
      ...{ cancelledAtMs: undefined, transactions: [], refunds: [], callbacks: [] },
    };
    const link: PayOsLink = { paymentLinkId, request: body, record, cancellationReason: null };
    this.#links.set(code, link);
    this.#byId.set(paymentLinkId, link);
    return this.#signed({
      ...ACCOUNT,
      ...{ amount: record.amount, description: record.description, orderCode: body.orderCode, currency: 'VND' },
      ...{ paymentLinkId, status: 'PENDING', expiredAt: body.expiredAt ?? null },
      checkoutUrl: `${publicUrl}/pay/payos/${code}`,
      qrCode: `simulated-qr:${code}`,
    });
  }

  /** `GET /v2/payment-requests/{id}`. */
  get(id: string): Fields {
    const link = this.link(id);
    return link === undefined ? notFound : this.#signed(this.#view(link));
  }

  /** `POST /v2/payment-requests/{id}/cancel`. A link that has ended stays as it is. */
  cancel(id: string, body: Fields): Fields {
    const link = this.link(id);
    if (link === undefined) return notFound;
    const status = this.status(link);
    if (status === 'PENDING' || status === 'UNDERPAID') {
      link.record.cancelledAtMs = this.#deps.clock.now();
      link.cancellationReason = typeof body.cancellationReason === 'string' ? body.cancellationReason : null;
    }
    return this.#signed(this.#view(link));
  }

  /** `POST /confirm-webhook`: calls the URL with a sample event and registers it when the answer is 2xx. */
  async confirmWebhook({ webhookUrl }: Fields): Promise<Fields> {
    if (typeof webhookUrl !== 'string' || !URL.canParse(webhookUrl)) return refused('20', 'webhookUrl is not a URL');
    const sample = {
      ...{ orderCode: 123, amount: 3000, description: 'VQRIO123', accountNumber: ACCOUNT.accountNumber },
      ...{ reference: 'TF230204212323', transactionDateTime: '2023-02-04 18:25:00', currency: 'VND' },
      ...{ paymentLinkId: '124c33293c43417ab7879e14c8d9eb18', code: '00', desc: 'Thành công' },
      ...{ counterAccountBankId: '', counterAccountBankName: '', counterAccountName: '', counterAccountNumber: '' },
      ...EMPTY_VIRTUAL,
    };
    const delivery = await this.#deps.callbacks.call(webhookUrl, this.#event(sample, true));
    if (payOsWantsMore(delivery)) return refused('20', `the webhook answered ${delivery.status}: ${delivery.answer}`);
    this.#webhookUrl = webhookUrl;
    const { accountName, accountNumber } = ACCOUNT;
    const data = { webhookUrl, accountName, accountNumber, name: accountName, shortName: accountName };
    return { code: '00', desc: 'success', data };
  }

  /** `POST /v1/payouts`: money back to the account it came from. */
  payout(body: Fields, headers: Fields): Fields {
    const { checksumKey, clock } = this.#deps;
    const idempotencyKey = String(headers['x-idempotency-key'] ?? '');
    if (idempotencyKey === '') return refused('20', 'x-idempotency-key is missing');
    if (!sameSignature(payOsPayoutSignature(checksumKey, body), headers['x-signature'])) {
      return refused('201', 'wrong signature');
    }
    const before = this.#payouts.get(idempotencyKey);
    if (before !== undefined) return before;
    const amount = Number(body.amount);
    const found = this.#payer(String(body.toAccountNumber));
    if (found === undefined) return refused('101', 'no payment came from this account');
    if (!Number.isSafeInteger(amount) || amount <= 0 || amount > refundable(found.record, found.transaction)) {
      return refused('20', 'amount is not what came from this account');
    }
    const id = `simulated-payout-${++this.#counter}`;
    const failed = this.failNextPayout;
    this.failNextPayout = false;
    if (!failed) found.record.refunds.push({ id, transactionId: found.transaction.id, amount, atMs: clock.now() });
    const { referenceId, description, toBin, toAccountNumber } = body;
    const transaction = {
      ...{ id, referenceId, amount, description, toBin, toAccountNumber, toAccountName: 'SIMULATED BUYER' },
      ...{ reference: id, transactionDatetime: new Date(clock.now()).toISOString() },
      ...{ errorMessage: null, errorCode: null, state: failed ? 'FAILED' : 'SUCCEEDED' },
    };
    const answer = this.#signed({
      ...{ id, referenceId, transactions: [transaction], category: [], approvalState: 'COMPLETED' },
      createdAt: new Date(clock.now()).toISOString(),
    });
    this.#payouts.set(idempotencyKey, answer);
    return answer;
  }

  /** What the buyer, or the bank, does. */
  pay(link: PayOsLink, { behaviour, delayMs, amount }: PayRequest): PayResult {
    const { record } = link;
    const { times, genuine, failure } = callbackPlan(behaviour, true);
    const status = this.status(link);
    if (genuine && behaviour !== 'pay-late' && status !== 'PENDING' && status !== 'UNDERPAID') {
      return { kind: 'refused', reason: status };
    }
    const laterMs = delayMs + 300;
    if (failure === 'only' || failure === 'before')
      this.#callBack(link, this.#transfer(record.amount), true, delayMs, '01');
    if (failure === 'only') return { kind: 'done' };
    const asked = behaviour === 'wrong-amount' ? (amount ?? Math.max(1, record.amount - 1_000)) : record.amount;
    for (let transfer = 0; transfer < (behaviour === 'pay-twice' ? 2 : 1); transfer++) {
      const transaction = this.#transfer(asked);
      if (genuine) record.transactions.push(transaction);
      for (let sent = 0; sent < times; sent++) {
        this.#callBack(link, transaction, genuine, failure === 'before' ? laterMs : delayMs);
      }
    }
    if (failure === 'after') this.#callBack(link, this.#transfer(record.amount), true, laterMs, '01');
    return { kind: 'done' };
  }

  status({ record }: PayOsLink): PayOsStatus {
    const paid = paidOf(record);
    if (paid >= record.amount) return 'PAID';
    if (record.cancelledAtMs !== undefined) return 'CANCELLED';
    if (this.#deps.clock.now() >= record.expiresAtMs) return 'EXPIRED';
    return paid > 0 ? 'UNDERPAID' : 'PENDING';
  }

  /** Where the buyer's browser goes after the payment page. */
  returnUrl(link: PayOsLink): string {
    const status = this.status(link);
    const cancelled = status === 'CANCELLED';
    const url = new URL(String(cancelled ? link.request.cancelUrl : link.request.returnUrl));
    const fields = {
      code: '00',
      id: link.paymentLinkId,
      cancel: cancelled,
      status,
      orderCode: link.record.providerRef,
    };
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, String(value));
    return url.href;
  }

  #transfer(amount: number): Transaction {
    const number = String(++this.#counter).padStart(9, '0');
    return { id: `FT${number}`, amount, atMs: this.#deps.clock.now(), payerAccount: `99${number}` };
  }

  #payer(account: string): { record: PaymentRecord; transaction: Transaction } | undefined {
    for (const { record } of this.#links.values()) {
      const transaction = record.transactions.find((one) => one.payerAccount === account);
      if (transaction !== undefined) return { record, transaction };
    }
    return undefined;
  }

  #view(link: PayOsLink): Fields {
    const { record, paymentLinkId: id } = link;
    const paid = paidOf(record);
    const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      ...{ id, orderCode: link.request.orderCode, amount: record.amount, amountPaid: paid },
      amountRemaining: Math.max(0, record.amount - paid),
      ...{ status: this.status(link), createdAt: isoOrNull(record.createdAtMs) },
      transactions: record.transactions.map((transaction) => bankTransfer(record, transaction)),
      ...{ cancellationReason: link.cancellationReason, canceledAt: isoOrNull(record.cancelledAtMs) },
    };
  }

  #callBack(link: PayOsLink, transaction: Transaction, genuine: boolean, delayMs: number, code = '00'): void {
    if (this.#webhookUrl === undefined) return;
    const { record, paymentLinkId, request } = link;
    const data = {
      ...{ orderCode: request.orderCode, ...bankTransfer(record, transaction), currency: 'VND' },
      ...{ paymentLinkId, code, desc: code === '00' ? 'Thành công' : 'Thất bại' },
    };
    const onDelivery = (delivery: Delivery) => void record.callbacks.push(delivery);
    const body = this.#event(data, genuine);
    this.#deps.callbacks.send({ url: this.#webhookUrl, body, delayMs, callAgain: payOsWantsMore, onDelivery });
  }

  #event(data: Fields, genuine: boolean): string {
    const key = genuine ? this.#deps.checksumKey : `${this.#deps.checksumKey}-stolen`;
    return JSON.stringify({
      ...{ code: '00', desc: 'success', success: true, data },
      signature: payOsDataSignature(key, data),
    });
  }

  #signed(data: Fields): Fields {
    return { code: '00', desc: 'success', data, signature: payOsDataSignature(this.#deps.checksumKey, data) };
  }
}

/** PayOS documents no schedule of repeats: anything but 2xx counts as not delivered. */
export function payOsWantsMore({ status }: Delivery): boolean {
  return status < 200 || status >= 300;
}

function bankTransfer({ description }: PaymentRecord, { id, amount, atMs, payerAccount }: Transaction) {
  return {
    ...{ reference: id, amount, accountNumber: ACCOUNT.accountNumber, description },
    ...{ transactionDateTime: vietnamDateTime(atMs), ...EMPTY_VIRTUAL },
    ...{ counterAccountBankId: '970436', counterAccountBankName: 'Simulated Bank' },
    ...{ counterAccountName: 'SIMULATED BUYER', counterAccountNumber: payerAccount },
  };
}

function linkProblem(body: Fields): string | undefined {
  const { orderCode, amount, description, cancelUrl, returnUrl, expiredAt, signature } = body;
  if (!Number.isSafeInteger(orderCode) || Number(orderCode) <= 0) return 'orderCode must be a positive number';
  if (!Number.isSafeInteger(amount) || Number(amount) <= 0) return 'amount must be a positive number';
  for (const [name, value] of Object.entries({ description, cancelUrl, returnUrl, signature })) {
    if (typeof value !== 'string' || value === '') return `${name} is missing`;
  }
  for (const [name, value] of Object.entries({ cancelUrl, returnUrl })) {
    if (!URL.canParse(String(value))) return `${name} is not a URL`;
  }
  if (expiredAt !== undefined && !Number.isSafeInteger(expiredAt)) return 'expiredAt must be Unix seconds';
  return undefined;
}

function sameKey(expected: string, given: unknown): boolean {
  return typeof given === 'string' && given === expected;
}

function refused(code: string, desc: string): Fields {
  return { code, desc, data: null, signature: null };
}

const notFound = refused('101', 'the payment link does not exist');
