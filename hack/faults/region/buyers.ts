import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Finding } from '../audit.ts';
import { payAt } from '../load.ts';
import { Asking, type Endpoint, PATIENCE_MS } from './asking.ts';

export interface Account {
  readonly userId: string;
  readonly accessToken: string;
}

export interface BuyersOptions {
  readonly endpoint: Endpoint;
  readonly eventId: string;
  readonly classId: string;
  readonly perSecond: number;
  readonly accounts: readonly Account[];
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

interface OrderAnswer {
  readonly id: string;
  readonly state: string;
  readonly paymentUrl?: string;
}

const PROVIDERS = ['zalopay', 'payos'] as const;
/** The room has lost this buyer, or the turn has passed: join again. */
const LOST = ['NOT_JOINED', 'CLAIM_EXPIRED'];

/** Buyers who come at a steady rate: through the waiting room to an order, pay, and look for their tickets. */
export class Buyers implements Disposable {
  readonly purchases: Purchase[] = [];
  readonly asking: Asking;
  readonly #options: BuyersOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  /** Who is not buying just now. */
  readonly #idle: Account[];
  /** Whose a number of the queue is, and whose the admission of a place; `epoch/number`. */
  readonly #numbers = new Map<string, string>();
  readonly #places = new Map<string, string>();
  readonly #twice: Finding[] = [];
  came = 0;
  /** Buyers whose number the room had lost, who joined again. */
  rejoined = 0;

  constructor(options: BuyersOptions) {
    this.#options = options;
    this.#idle = [...options.accounts];
    this.asking = new Asking(options.endpoint);
    this.#timer = setInterval(() => this.#arrive(), 1_000 / options.perSecond);
  }

  /** Numbers and places that two accounts were given. */
  get twice(): readonly Finding[] {
    return this.#twice;
  }

  get numbers(): number {
    return this.#numbers.size;
  }

  /** No new buyers; waits for those who are here. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Nobody waits any longer. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.asking[Symbol.dispose]();
  }

  #arrive(): void {
    const account = this.#idle.shift();
    if (account === undefined) return;
    const buyer = this.came++;
    const running: Promise<void> = this.#buy(buyer, account).finally(() => {
      this.#running.delete(running);
      this.#idle.push(account);
    });
    this.#running.add(running);
  }

  async #buy(buyer: number, account: Account): Promise<void> {
    const { eventId, classId, providersUrl } = this.#options;
    const provider = PROVIDERS[buyer % PROVIDERS.length] ?? 'zalopay';
    const admissionToken = await this.#admission(account);
    if (admissionToken === undefined) return;
    const body = {
      eventId,
      lines: [{ ticketClassId: classId, quantity: 1 }],
      provider,
      language: 'vi',
      admissionToken,
    };
    const token = account.accessToken;
    const order = await this.asking.insist<OrderAnswer>({
      ...{ method: 'POST', path: '/orders', token, key: randomUUID(), body: JSON.stringify(body) },
    });
    if (order?.kind !== 'answer') return;
    const { id: orderId, state, paymentUrl = '' } = order.body;
    const told = state === 'FAILED' ? 'refused' : 'pending';
    const purchase: Purchase = { orderId, told, answeredMs: Date.now(), by: order.by, paid: false };
    this.purchases.push(purchase);
    if (told === 'refused' || paymentUrl === '') return;
    // A bank app that got no answer says so, and its user goes away.
    purchase.paid = await payAt({ providersUrl }, provider, paymentUrl, 'pay').catch(() => false);
    const end = performance.now() + PATIENCE_MS;
    while (purchase.paid && purchase.ticketsMs === undefined && performance.now() < end) {
      await delay(1_000);
      const seen = await this.asking.insist<OrderAnswer>({ method: 'GET', path: `/orders/${orderId}`, token });
      if (seen?.kind !== 'answer' || seen.body.state === 'REFUNDED') return;
      if (seen.body.state === 'PAID') purchase.ticketsMs = Date.now();
    }
  }

  /** A number, and in its turn the token that lets its holder buy. */
  async #admission({ userId, accessToken: token }: Account): Promise<string | undefined> {
    const room = `/events/${this.#options.eventId}/waitroom`;
    for (;;) {
      const joined = await this.asking.insist<{ number: number; epoch: number }>({
        ...{ method: 'POST', path: `${room}/join`, token },
      });
      if (joined?.kind !== 'answer') return undefined;
      const { number, epoch } = joined.body;
      this.#given(this.#numbers, `${epoch}/${number}`, userId, 'number');
      const claimed = await this.asking.insist<{ admissionToken: string; place: number }>({
        ...{ method: 'POST', path: `${room}/claim`, token, turns: LOST, passes: ['NOT_ADMITTED_YET'] },
      });
      if (claimed === undefined) return undefined;
      if (claimed.kind === 'answer') {
        this.#given(this.#places, `${epoch}/${claimed.body.place}`, userId, 'place');
        return claimed.body.admissionToken;
      }
      this.rejoined++;
    }
  }

  #given(to: Map<string, string>, what: string, userId: string, kind: string): void {
    const holder = to.get(what) ?? userId;
    to.set(what, holder);
    if (holder !== userId)
      this.#twice.push({ kind: 'violated', invariant: 'queue', detail: `${kind} ${what} was given to two accounts` });
  }
}
