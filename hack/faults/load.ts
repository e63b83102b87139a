import { randomUUID } from 'node:crypto';
import type { Shop } from '#runtime/local/shop/shop.ts';
import type { Books } from './audit.ts';

/** What a buyer does at the provider: a behaviour of the simulator, or nothing, or to cancel the order. */
export type Deed = 'pay' | 'never' | 'cancel' | (string & {});
export type Provider = 'zalopay' | 'payos' | 'vnpay';

export interface LoadOptions {
  readonly shop: Shop;
  readonly eventId: string;
  readonly classId: string;
  /** Buyers per second. */
  readonly perSecond: number;
}

/** Four of five pay; the others pay and are told of three times, change their minds, or go away. */
const USUAL: readonly Deed[] = ['pay', 'pay', 'duplicate', 'pay', 'pay', 'never', 'pay', 'pay', 'cancel', 'pay'];
const PROVIDERS: readonly Provider[] = ['zalopay', 'payos', 'vnpay'];
/** A buyer asks again with the same key until answered. */
const PATIENCE_MS = 180_000;

/** Buyers who come at a steady rate, whatever happens to those before them. */
export class Load {
  /** What buyers do from now on; the number is the buyer's. */
  deed: (buyer: number) => Deed = (buyer) => USUAL[buyer % USUAL.length] ?? 'pay';
  provider: (buyer: number) => Provider = (buyer) => PROVIDERS[buyer % PROVIDERS.length] ?? 'zalopay';
  /** Ms between the link and the money. */
  hesitationMs = 0;
  /** Whom buyers ask for their orders. */
  orders: Shop['orders'];
  readonly #options: LoadOptions;
  readonly #outcomes: Books['buyers'][number][] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #came = 0;
  #unanswered = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.orders = options.shop.orders;
    this.#timer = setInterval(() => this.#arrive(), 1000 / options.perSecond);
  }

  get came(): number {
    return this.#came;
  }

  /** Buyers who were never answered; they may have an order, and have paid nothing. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** A buyer who came another way. */
  note(outcome: Books['buyers'][number]): void {
    this.#outcomes.push(outcome);
  }

  /** No new buyers; waits for those who are here. */
  async stop(): Promise<Books['buyers']> {
    clearInterval(this.#timer);
    while (this.#running.size > 0) await Promise.all(this.#running);
    return this.#outcomes;
  }

  /** Waits for those who are here now; others come meanwhile. */
  async answered(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** One buyer now, whatever the rate; resolves when it has done its deed. */
  async one(deed: Deed, provider: Provider): Promise<string | undefined> {
    return await this.#buy(deed, provider);
  }

  #arrive(): void {
    const buyer = this.#came++;
    const running: Promise<void> = this.#buy(this.deed(buyer), this.provider(buyer)).then(
      () => void this.#running.delete(running),
    );
    this.#running.add(running);
  }

  async #buy(deed: Deed, provider: Provider): Promise<string | undefined> {
    const { shop, eventId, classId } = this.#options;
    const { orders } = this;
    const userId = randomUUID();
    const request = {
      ...{ idempotencyKey: randomUUID(), eventId, userId, email: `${userId}@example.test`, fullName: 'Phạm Văn Dũng' },
      lines: [{ ticketClassId: classId, quantity: 1 + (this.#came % 2) }],
      provider: `PROVIDER_${provider.toUpperCase()}` as 'PROVIDER_ZALOPAY',
      ...{ admissionToken: await shop.admission(userId, eventId), language: 'vi' },
    };
    const order = await this.#insist(async () => (await orders.createOrder(request, { deadlineMs: 15_000 })).order);
    if (order == null) {
      this.#unanswered++;
      return undefined;
    }
    const told = order.state === 'ORDER_STATE_FAILED' ? 'refused' : 'pending';
    let paid = false;
    if (told === 'pending' && order.paymentUrl !== '') {
      await new Promise((resolve) => setTimeout(resolve, this.hesitationMs));
      if (deed === 'cancel') {
        await this.#insist(() =>
          orders.cancelOrder({ orderId: order.id, userId }, { deadlineMs: 15_000 }).catch((error: unknown) => {
            if (!(error instanceof Error && 'code' in error && error.code === 'FAILED_PRECONDITION')) throw error;
          }),
        );
      } else if (deed !== 'never') paid = await payAt(shop, provider, order.paymentUrl, deed);
    }
    this.#outcomes.push({ orderId: order.id, told, paid });
    return order.id;
  }

  async #insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
      try {
        return await work();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    }
    return undefined;
  }
}

/** True when the provider took the money of this link. Underpayments are given back, so they buy nothing. */
export async function payAt(
  shop: Pick<Shop, 'providersUrl'>,
  provider: Provider,
  paymentUrl: string,
  behaviour: string,
): Promise<boolean> {
  const url = new URL(paymentUrl);
  // VNPay learns of a payment when its page is opened.
  if (provider === 'vnpay') await (await fetch(url)).text();
  const providerRef =
    provider === 'vnpay'
      ? url.searchParams.get('vnp_TxnRef')
      : decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
  const answer = await fetch(`${shop.providersUrl}/simulator/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider, providerRef, behaviour }),
  });
  await answer.text();
  return answer.ok && !['tamper', 'fail', 'wrong-amount'].includes(behaviour);
}
