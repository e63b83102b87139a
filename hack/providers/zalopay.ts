import type { Clock } from '#runtime/clock.ts';
import { callbackPlan, type PayRequest, type PayResult } from './behaviour.ts';
import type { Callbacks, Delivery } from './callbacks.ts';
import { sameSignature } from './hmac.ts';
import { type PaymentRecord, paidOf, refundable, type Transaction } from './payment-record.ts';
import { firstIdOfDay, vietnamDay } from './vietnam-time.ts';
import { zaloPayCallbackMac, zaloPayMac, zaloPayQueryMac } from './zalopay-mac.ts';
import { createProblem, type ZaloPayOrder } from './zalopay-order.ts';

export interface ZaloPayDeps {
  readonly appId: string;
  readonly key1: string;
  readonly key2: string;
  /** Base of the payment pages. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly callbacks: Callbacks;
}

type Answer = Readonly<Record<string, unknown>>;

/** Subcodes of a failure. */
const SUB = {
  exists: -68,
  badArgument: -401,
  notAuthenticated: -402,
  notFound: -101,
  expired: -54,
  refused: -13,
} as const;

/** ZaloPay OpenAPI v2 as a merchant sees it. One merchant; everything in memory. */
export class ZaloPay {
  readonly #deps: ZaloPayDeps;
  readonly #orders = new Map<string, ZaloPayOrder>();
  readonly #refunds = new Map<string, { refundId: string; amount: number }>();
  #counter: number;

  constructor(deps: ZaloPayDeps) {
    this.#deps = deps;
    this.#counter = firstIdOfDay(deps.clock.now());
  }

  orders(): Iterable<ZaloPayOrder> {
    return this.#orders.values();
  }

  order(appTransId: string): ZaloPayOrder | undefined {
    return this.#orders.get(appTransId);
  }

  /** `POST /v2/create`. */
  create(body: Answer): Answer {
    const { appId, key1, clock, publicUrl } = this.#deps;
    const now = clock.now();
    const problem = createProblem(body, appId, now);
    if (problem !== undefined) return failure(SUB.badArgument, problem);
    if (!sameSignature(zaloPayMac(key1, 'create', body), body.mac))
      return failure(SUB.notAuthenticated, 'mac not equal');
    const ref = String(body.app_trans_id);
    if (this.#orders.has(ref)) return failure(SUB.exists, 'app_trans_id already exists');
    const record: PaymentRecord = {
      ...{ provider: 'zalopay', providerRef: ref, amount: Number(body.amount), description: String(body.description) },
      createdAtMs: now,
      expiresAtMs: now + Number(body.expire_duration_seconds ?? 900) * 1000,
      ...{ cancelledAtMs: undefined, transactions: [], refunds: [], callbacks: [] },
    };
    this.#orders.set(ref, { request: body, record });
    const token = Buffer.from(ref).toString('base64url');
    return {
      ...success,
      order_url: `${publicUrl}/pay/zalopay/${encodeURIComponent(ref)}`,
      ...{ zp_trans_token: token, order_token: token, qr_code: `simulated-qr:${ref}` },
    };
  }

  /** `POST /v2/query`. */
  query(body: Answer): Answer {
    const { appId, key1, clock } = this.#deps;
    const { app_id, app_trans_id } = body;
    if (String(app_id) !== appId) return failure(SUB.badArgument, 'app_id is unknown');
    if (!sameSignature(zaloPayQueryMac(key1, { app_id, app_trans_id }), body.mac)) {
      return failure(SUB.notAuthenticated, 'mac not equal');
    }
    const order = this.#orders.get(String(app_trans_id));
    if (order === undefined) return failure(SUB.notFound, 'the order does not exist');
    const paid = order.record.transactions[0];
    if (paid !== undefined) {
      return {
        ...success,
        ...{ is_processing: false, amount: paid.amount, discount_amount: 0 },
        ...{ zp_trans_id: Number(paid.id), server_time: paid.atMs },
      };
    }
    if (clock.now() >= order.record.expiresAtMs) return failure(SUB.expired, 'the order has expired');
    return { ...failure(-49, 'the order is not paid yet'), return_code: 3, is_processing: false };
  }

  /** `POST /v2/refund`. Accepted refunds are answered as being processed; query_refund tells that they are done. */
  refund(body: Answer): Answer {
    const { appId, key1, clock } = this.#deps;
    if (String(body.app_id) !== appId) return failure(SUB.badArgument, 'app_id is unknown');
    if (!sameSignature(zaloPayMac(key1, 'refund', body), body.mac))
      return failure(SUB.notAuthenticated, 'mac not equal');
    const id = String(body.m_refund_id);
    const amount = Number(body.amount);
    const prefix = `${vietnamDay(clock.now())}_${appId}_`;
    if (!id.startsWith(prefix)) return failure(SUB.badArgument, `m_refund_id must start with ${prefix}`);
    if (!Number.isSafeInteger(amount) || amount <= 0)
      return failure(SUB.badArgument, 'amount must be a positive number');
    if (this.#refunds.has(id)) return failure(SUB.exists, 'm_refund_id already exists');
    const found = this.#transaction(String(body.zp_trans_id));
    if (found === undefined) return failure(SUB.notFound, 'the transaction does not exist');
    if (amount > refundable(found.record, found.transaction)) return failure(SUB.refused, 'more than was paid');
    const refundId = this.#nextId();
    this.#refunds.set(id, { refundId, amount });
    found.record.refunds.push({ id, transactionId: found.transaction.id, amount, atMs: clock.now() });
    return {
      ...success,
      return_code: 3,
      sub_return_code: 3,
      return_message: 'processing',
      refund_id: Number(refundId),
    };
  }

  /** `POST /v2/query_refund`. */
  queryRefund(body: Answer): Answer {
    const { appId, key1 } = this.#deps;
    if (String(body.app_id) !== appId) return failure(SUB.badArgument, 'app_id is unknown');
    if (!sameSignature(zaloPayMac(key1, 'queryRefund', body), body.mac)) {
      return failure(SUB.notAuthenticated, 'mac not equal');
    }
    const refund = this.#refunds.get(String(body.m_refund_id));
    return refund === undefined ? failure(SUB.notFound, 'the refund does not exist') : success;
  }

  /** What the buyer does. */
  pay(order: ZaloPayOrder, { behaviour, delayMs, amount }: PayRequest): PayResult {
    const { clock } = this.#deps;
    const { record } = order;
    const { times, genuine, failure } = callbackPlan(behaviour, false);
    if (failure === 'only') return { kind: 'done' };
    const asked = behaviour === 'wrong-amount' ? (amount ?? Math.max(1, record.amount - 1_000)) : record.amount;
    const transaction = { id: this.#nextId(), amount: asked, atMs: clock.now(), payerAccount: '' };
    if (genuine) {
      const end = this.endOf(order);
      if (end !== undefined) return { kind: 'refused', reason: end };
      record.transactions.push(transaction);
    }
    for (let sent = 0; sent < times; sent++) this.#callBack(order, transaction, genuine, delayMs);
    return { kind: 'done' };
  }

  /** Why nobody can pay any more; undefined while one can. */
  endOf({ record }: ZaloPayOrder): 'PAID' | 'EXPIRED' | undefined {
    if (paidOf(record) > 0) return 'PAID';
    return this.#deps.clock.now() >= record.expiresAtMs ? 'EXPIRED' : undefined;
  }

  /** Where the buyer's browser goes after the payment page; undefined when the merchant named no page. */
  returnUrl({ request, record }: ZaloPayOrder): string | undefined {
    const { redirecturl } = JSON.parse(String(request.embed_data)) as { redirecturl?: string };
    if (redirecturl === undefined || redirecturl === '') return undefined;
    const fields = {
      ...{ appid: this.#deps.appId, apptransid: record.providerRef, pmcid: 38, bankcode: '' },
      ...{ amount: record.amount, discountamount: 0, status: paidOf(record) > 0 ? 1 : -49 },
    };
    const url = new URL(redirecturl);
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, String(value));
    url.searchParams.set('checksum', zaloPayMac(this.#deps.key2, 'redirect', fields));
    return url.href;
  }

  #callBack({ request, record }: ZaloPayOrder, paid: Transaction, genuine: boolean, delayMs: number): void {
    const url = request.callback_url;
    if (typeof url !== 'string' || url === '') return;
    const { app_id, app_trans_id, app_time, app_user, embed_data, item } = request;
    const data = JSON.stringify({
      ...{ app_id, app_trans_id, app_time, app_user, amount: paid.amount, embed_data, item },
      ...{ zp_trans_id: Number(paid.id), server_time: paid.atMs, channel: 38, merchant_user_id: 'simulated-buyer' },
      ...{ user_fee_amount: 0, discount_amount: 0 },
    });
    const key = genuine ? this.#deps.key2 : `${this.#deps.key2}-stolen`;
    const body = JSON.stringify({ data, mac: zaloPayCallbackMac(key, data), type: 1 });
    const onDelivery = (delivery: Delivery) => void record.callbacks.push(delivery);
    this.#deps.callbacks.send({ url, body, delayMs, callAgain: zaloPayWantsMore, onDelivery });
  }

  #transaction(id: string): { record: PaymentRecord; transaction: Transaction } | undefined {
    for (const { record } of this.#orders.values()) {
      const transaction = record.transactions.find((one) => one.id === id);
      if (transaction !== undefined) return { record, transaction };
    }
    return undefined;
  }

  /** Like the real ones: the day and nine digits, few enough for a JSON number. */
  #nextId(): string {
    return `${vietnamDay(this.#deps.clock.now())}${String(++this.#counter).padStart(9, '0')}`;
  }
}

/** As documented: 0 asks for another call; so does no answer. -1 (mac not equal) and success do not. */
export function zaloPayWantsMore({ status, answer }: Delivery): boolean {
  if (status !== 200) return true;
  try {
    return (JSON.parse(answer) as { return_code?: unknown }).return_code === 0;
  } catch {
    return true;
  }
}

const success = { return_code: 1, return_message: 'success', sub_return_code: 1, sub_return_message: 'success' };

function failure(subCode: number, message: string): Answer {
  return { return_code: 2, return_message: 'failure', sub_return_code: subCode, sub_return_message: message };
}
