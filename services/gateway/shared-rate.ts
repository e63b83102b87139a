import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Redis } from '#runtime/redis.ts';

export interface SharedRateDeps {
  readonly redis: Pick<Redis, 'status' | 'incrby' | 'pexpire'>;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Count {
  /** As Redis said last: all gateways together, ours included as far as told. */
  total: number;
  /** Ours that Redis does not know yet. */
  untold: number;
}

const WINDOW_MS = 60_000;
/** How long a gateway keeps its counts to itself. */
export const TELL_EVERY_MS = 200;
/** Keys of one minute; about 30 MB. Beyond, nobody new is counted: memory must not grow with the number of addresses. */
const MAX_KEYS = 200_000;

/**
 * Requests per minute and key, counted by all gateways together, without asking Redis on the way of a request: each gateway counts
 * in memory and tells Redis five times a second, which answers with the sum. A limit may be overrun by what the other gateways let
 * pass in that fifth of a second. While Redis is away each gateway holds the limit by itself.
 */
export class SharedRate {
  readonly #deps: SharedRateDeps;
  #counts = new Map<string, Count>();
  #window = 0;

  constructor(deps: SharedRateDeps) {
    this.#deps = deps;
  }

  /** Counts one request; the ms until it may come again when it is one too many. */
  take(key: string, max: number): number | undefined {
    const now = this.#deps.clock.now();
    const window = Math.floor(now / WINDOW_MS);
    if (window !== this.#window) {
      // What was not told yet belongs to a minute that is over.
      this.#window = window;
      this.#counts = new Map();
    }
    const count = this.#counts.get(key);
    if (count === undefined) {
      if (this.#counts.size < MAX_KEYS) this.#counts.set(key, { total: 0, untold: 1 });
      return undefined;
    }
    if (count.total + count.untold >= max) return (window + 1) * WINDOW_MS - now;
    count.untold++;
    return undefined;
  }

  /** Tells Redis until the signal aborts. */
  async tellRegularly(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(TELL_EVERY_MS, signal).catch(() => {});
      await this.tell();
    }
  }

  async tell(): Promise<void> {
    const { redis, log } = this.#deps;
    if (redis.status !== 'ready') return;
    const window = this.#window;
    const telling: Promise<void>[] = [];
    for (const [key, count] of this.#counts) if (count.untold > 0) telling.push(this.#tellOne(key, count, window));
    const failed = (await Promise.allSettled(telling)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected')
      log.debug({ err: failed.reason }, 'other gateways do not know yet how much was asked');
  }

  async #tellOne(key: string, count: Count, window: number): Promise<void> {
    const { redis } = this.#deps;
    const name = `rate:${key}:${window}`;
    const told = count.untold;
    const total = await redis.incrby(name, told);
    // What came meanwhile stays untold. A failure leaves all of it so.
    count.untold -= told;
    count.total = total;
    if (total === told) await redis.pexpire(name, 2 * WINDOW_MS);
  }
}

/** One client of IPv6 owns a whole /64, so that is what is counted. */
export function addressKey(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
