import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Redis } from '#runtime/redis.ts';

export interface RevocationsDeps {
  readonly redis: Redis;
  /** A connection of its own, for what the other gateways tell. */
  readonly subscriber: Redis;
  /** Life of an access token: after it nobody needs to know that its session ended. */
  readonly accessTtlMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const KEY = 'access:revoked';
const CHANNEL = 'access:revoked';
/** How often the set is read again, in case a message was lost. */
const EVERY_MS = 2_000;
/** Clocks of gateways may differ by so much. */
const SKEW_MS = 10_000;

/**
 * Sessions that ended while access tokens of theirs still live. Every gateway holds the whole set in memory, so a request asks
 * nobody: the others tell at once by pub/sub, and a look every two seconds catches what was not heard. While Redis is away a
 * gateway goes by what it knows: tokens then live to their end, which is minutes.
 */
export class Revocations {
  readonly #deps: RevocationsDeps;
  /** Session id to the moment from which on no token of it can live, ms of our clock. */
  readonly #ended = new Map<string, number>();

  constructor(deps: RevocationsDeps) {
    this.#deps = deps;
  }

  has(sessionId: string): boolean {
    return this.#ended.has(sessionId);
  }

  /** Tells every gateway. Never fails: the sessions themselves have ended already, and their tokens end soon. */
  async revoke(sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const { redis, clock, accessTtlMs, log } = this.#deps;
    const now = clock.now();
    for (const id of sessionIds) this.#ended.set(id, now + accessTtlMs + SKEW_MS);
    try {
      await redis
        .multi()
        .zadd(KEY, ...sessionIds.flatMap((id) => [now, id]))
        .zremrangebyscore(KEY, 0, now - accessTtlMs - 2 * SKEW_MS)
        .pexpire(KEY, accessTtlMs + 3 * SKEW_MS)
        .exec();
      await redis.publish(CHANNEL, sessionIds.join(' '));
    } catch (error) {
      log.warn({ err: error, count: sessionIds.length }, 'other gateways do not know yet that sessions ended');
    }
  }

  /** Listens and looks until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const { subscriber, clock, log } = this.#deps;
    subscriber.on('message', (_channel: string, ids: string) => this.#add(ids.split(' '), clock.now()));
    // Subscriptions are renewed by the client after a break; only the first may fail, and is tried again below.
    let subscribed = false;
    let looked = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      try {
        if (!subscribed) await subscriber.subscribe(CHANNEL);
        subscribed = true;
        const started = clock.now();
        await this.#look(looked);
        looked = started;
      } catch (error) {
        if (!signal.aborted) log.debug({ err: error }, 'ended sessions could not be read');
      }
      await clock.sleep(EVERY_MS, signal).catch(() => {});
    }
  }

  async #look(sinceMs: number): Promise<void> {
    const { redis, accessTtlMs, clock } = this.#deps;
    if (redis.status !== 'ready') return;
    const now = clock.now();
    const from = Math.max(sinceMs, now - accessTtlMs) - SKEW_MS;
    const found = await redis.zrangebyscore(KEY, from, '+inf');
    this.#add(found, now);
    for (const [id, end] of this.#ended) if (end < now) this.#ended.delete(id);
  }

  #add(ids: readonly string[], now: number): void {
    for (const id of ids) if (!this.#ended.has(id)) this.#ended.set(id, now + this.#deps.accessTtlMs + SKEW_MS);
  }
}
