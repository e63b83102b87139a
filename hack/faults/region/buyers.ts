import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { payAt } from '../load.ts';

export interface BuyersOptions {
  /** Where the name of the shop leads to now; undefined: nowhere. */
  readonly endpoint: () => string | undefined;
  readonly eventId: string;
  readonly classId: string;
  readonly perSecond: number;
  readonly accounts: readonly { readonly userId: string; readonly accessToken: string }[];
  readonly admission: (userId: string) => Promise<string>;
  readonly providersUrl: string;
}

/** What one buyer was told, and when; Unix ms. */
export interface Purchase {
  readonly orderId: string;
  readonly told: 'pending' | 'refused';
  /** The answer to the order, and who gave it. */
  readonly answeredMs: number;
  readonly by: string;
  paid: boolean;
  /** When the buyer first saw the tickets. */
  ticketsMs?: number;
}

/** A buyer who waited in vain: when it came, for what it asked, and each thing that came back, with who said it and how often. */
export interface Unanswered {
  readonly cameMs: number;
  readonly asked: string;
  readonly heard: Readonly<Record<string, number>>;
}

interface OrderAnswer {
  readonly id: string;
  readonly state: string;
  readonly paymentUrl?: string;
}

/** A buyer asks again with the same key until answered. */
const PATIENCE_MS = 6 * 60_000;
const PROVIDERS = ['zalopay', 'payos'] as const;

/** Buyers who come at a steady rate to whatever address the shop has, order, pay, and look for their tickets. */
export class Buyers implements Disposable {
  readonly purchases: Purchase[] = [];
  /** Answers that were neither an order nor a request to come again, and failures, each with how often it came. */
  readonly refusals = new Map<string, number>();
  readonly unanswered: Unanswered[] = [];
  readonly #options: BuyersOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  came = 0;
  #gone = false;

  constructor(options: BuyersOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#arrive(), 1_000 / options.perSecond);
  }

  /** No new buyers; waits for those who are here. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Nobody waits any longer. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#gone = true;
  }

  #arrive(): void {
    const buyer = this.came++;
    const running: Promise<void> = this.#buy(buyer)
      .catch((error: unknown) => this.#refused(String(error)))
      .finally(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  async #buy(buyer: number): Promise<void> {
    const { accounts, admission, eventId, classId, providersUrl } = this.#options;
    const account = accounts[buyer % accounts.length];
    const provider = PROVIDERS[buyer % PROVIDERS.length] ?? 'zalopay';
    if (account === undefined) throw new Error('buyers need an account');
    const body = {
      ...{ eventId, lines: [{ ticketClassId: classId, quantity: 1 }], provider, language: 'vi' },
      admissionToken: await admission(account.userId),
    };
    const ask = { method: 'POST', body: JSON.stringify(body), key: randomUUID(), token: account.accessToken };
    const answered = await this.#insist('/orders', ask);
    if (answered === undefined) return;
    const { order, by } = answered;
    const told = order.state === 'FAILED' ? 'refused' : 'pending';
    const purchase: Purchase = { orderId: order.id, told, answeredMs: Date.now(), by, paid: false };
    this.purchases.push(purchase);
    if (told === 'refused' || order.paymentUrl === undefined || order.paymentUrl === '') return;
    // A bank app that got no answer says so, and its user goes away.
    purchase.paid = await payAt({ providersUrl }, provider, order.paymentUrl, 'pay').catch(() => false);
    const end = performance.now() + PATIENCE_MS;
    while (purchase.paid && purchase.ticketsMs === undefined && !this.#gone && performance.now() < end) {
      await delay(1_000);
      const seen = await this.#insist(`/orders/${order.id}`, { method: 'GET', token: account.accessToken });
      if (seen?.order.state === 'PAID') purchase.ticketsMs = Date.now();
      if (seen === undefined || seen.order.state === 'REFUNDED') return;
    }
  }

  async #insist(
    path: string,
    { method, token, key, body }: { method: string; token: string; key?: string; body?: string },
  ): Promise<{ readonly order: OrderAnswer; readonly by: string } | undefined> {
    const cameMs = Date.now();
    const heard: Record<string, number> = {};
    const hear = (what: string) => {
      heard[what] = (heard[what] ?? 0) + 1;
    };
    for (
      const end = performance.now() + PATIENCE_MS;
      performance.now() < end;
      await delay(1_000 + 2_000 * Math.random())
    ) {
      if (this.#gone) return undefined;
      const by = this.#options.endpoint();
      if (by === undefined) {
        hear('no endpoint');
        continue;
      }
      const answer = await fetch(`${by}/api/v1${path}`, {
        ...{ method, signal: AbortSignal.timeout(15_000) },
        headers: {
          ...{ authorization: `Bearer ${token}`, accept: 'application/json' },
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body }),
      }).catch((error: unknown) => {
        hear(`${by} ${whyNot(error)}`);
        return undefined;
      });
      const text = await answer?.text().catch(() => undefined);
      if (answer === undefined || text === undefined) continue;
      if (answer.ok) return { order: JSON.parse(text) as OrderAnswer, by };
      const code = `${answer.status} ${codeIn(text)}`;
      hear(`${by} ${code}`);
      if (answer.status < 500 && answer.status !== 429) this.#refused(`${method} ${code}`);
    }
    if (!this.#gone) this.unanswered.push({ cameMs, asked: `${method} ${path}`, heard });
    return undefined;
  }

  #refused(what: string): void {
    this.refusals.set(what, (this.refusals.get(what) ?? 0) + 1);
  }
}

/** The code of a problem; what is not one comes from nobody of ours. */
function codeIn(text: string): string {
  try {
    return (JSON.parse(text) as { code?: string }).code ?? '';
  } catch {
    return 'not JSON';
  }
}

/** `TimeoutError`, `ECONNREFUSED`, ... */
function whyNot(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
}
