import { Agent, request } from 'undici';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';

/** One call of the merchant and what came of it. `status` 0: no answer. */
export interface Delivery {
  readonly atMs: number;
  readonly status: number;
  readonly answer: string;
}

export interface CallbackOrder {
  readonly url: string;
  /** undefined: the call is a GET, and the URL says everything. */
  readonly body: string | undefined;
  /** Ms before the first call. */
  readonly delayMs: number;
  /** Whether the merchant's answer means "call again". */
  readonly callAgain: (delivery: Delivery) => boolean;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** Calls merchants back, again after each wait of `retryDelaysMs` while they ask for it or do not answer. */
export class Callbacks {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #retryDelaysMs: readonly number[];
  readonly #agent = new Agent({ connections: 32, headersTimeout: 30_000, bodyTimeout: 30_000 });
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: { readonly clock: Clock; readonly log: Logger; readonly retryDelaysMs: readonly number[] }) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#retryDelaysMs = deps.retryDelaysMs;
  }

  /** Starts to deliver; does not wait. */
  send(order: CallbackOrder): void {
    const running = this.#deliver(order)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#log.error({ err: error, url: order.url }, 'callback gave up');
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** One call, now. */
  async call(url: string, body: string | undefined): Promise<Delivery> {
    const atMs = this.#clock.now();
    try {
      const answer = await request(url, {
        ...(body === undefined
          ? { method: 'GET' }
          : { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
        dispatcher: this.#agent,
        signal: this.#stop.signal,
      });
      return { atMs, status: answer.statusCode, answer: (await answer.body.text()).slice(0, 500) };
    } catch (error) {
      return { atMs, status: 0, answer: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the simulator is stopping'));
    await Promise.all(this.#running);
    await this.#agent.destroy();
  }

  async #deliver({ url, body, delayMs, callAgain, onDelivery }: CallbackOrder): Promise<void> {
    for (const waitMs of [delayMs, ...this.#retryDelaysMs]) {
      if (waitMs > 0) await this.#clock.sleep(waitMs, this.#stop.signal);
      const delivery = await this.call(url, body);
      onDelivery(delivery);
      if (!callAgain(delivery)) return;
      this.#log.warn({ url, ...delivery }, 'the merchant wants to be called again');
    }
  }
}
