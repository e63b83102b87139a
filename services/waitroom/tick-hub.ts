import { redisKey } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { isNewer, type Tick } from './tick.ts';

/** A connection that only subscribes. */
export interface Subscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
}

export interface TickHubDeps {
  readonly subscriber: Subscriber;
  /** The tick as Redis has it now. */
  readonly read: (eventId: string) => Promise<Tick>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Longest a watcher hears nothing: a lost message or a room without a gate is read instead. */
const QUIET_MS = 5_000;

interface Channel {
  last: Tick | undefined;
  heardAt: number;
  readonly watchers: Set<Watcher>;
}
interface Watcher {
  next: Tick | undefined;
  wake: (() => void) | undefined;
}

/** One subscription per room however many watch it; a slow watcher skips ticks and never holds up the others. */
export class TickHub {
  readonly #deps: TickHubDeps;
  readonly #channels = new Map<string, Channel>();
  readonly #eventOf = new Map<string, string>();

  constructor(deps: TickHubDeps) {
    this.#deps = deps;
    deps.subscriber.on('message', (name, message) => {
      const eventId = this.#eventOf.get(name);
      if (eventId !== undefined) this.offer(eventId, JSON.parse(message) as Tick);
    });
  }

  /** A tick from whatever source; delivered when it is news. */
  offer(eventId: string, tick: Tick): void {
    const channel = this.#channels.get(eventId);
    if (channel === undefined || !isNewer(tick, channel.last)) return;
    channel.last = tick;
    channel.heardAt = this.#deps.clock.monotonic();
    for (const watcher of channel.watchers) {
      watcher.next = tick;
      watcher.wake?.();
    }
  }

  /** The current tick at once, then each new one, until the room has closed or the signal aborts. */
  async *watch(eventId: string, signal: AbortSignal): AsyncGenerator<Tick> {
    const watcher: Watcher = { next: undefined, wake: undefined };
    // Listening comes before reading, so that nothing said in between is missed.
    const channel = await this.#enter(eventId, watcher);
    const onAbort = () => watcher.wake?.();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const now = await this.#deps.read(eventId);
      if (isNewer(now, channel.last)) this.offer(eventId, now);
      watcher.next ??= channel.last ?? now;
      while (!signal.aborted) {
        const tick = watcher.next;
        watcher.next = undefined;
        if (tick !== undefined) {
          yield tick;
          if (tick.state === 'CLOSED') return;
        }
        if (watcher.next === undefined && !signal.aborted) {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#leave(eventId, channel, watcher);
    }
  }

  /** Reads for rooms that have gone quiet, until the signal aborts. */
  async listen(signal: AbortSignal): Promise<void> {
    const { clock, read, log } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(1_000, signal).catch(() => {});
      for (const [eventId, channel] of this.#channels) {
        if (signal.aborted || clock.monotonic() - channel.heardAt < QUIET_MS) continue;
        channel.heardAt = clock.monotonic();
        read(eventId).then(
          (tick) => this.offer(eventId, tick),
          (error) => log.warn({ err: error, event_id: eventId }, 'a quiet room cannot be read'),
        );
      }
    }
  }

  async #enter(eventId: string, watcher: Watcher): Promise<Channel> {
    const known = this.#channels.get(eventId);
    const channel: Channel = known ?? {
      last: undefined,
      heardAt: this.#deps.clock.monotonic(),
      watchers: new Set(),
    };
    channel.watchers.add(watcher);
    if (known === undefined) {
      this.#channels.set(eventId, channel);
      this.#eventOf.set(redisKey.position(eventId), eventId);
    }
    try {
      // Again for every watcher: the server takes it as it is, and the answer says that it listens by now.
      await this.#deps.subscriber.subscribe(redisKey.position(eventId));
    } catch (error) {
      this.#leave(eventId, channel, watcher);
      throw error;
    }
    return channel;
  }

  #leave(eventId: string, channel: Channel, watcher: Watcher): void {
    channel.watchers.delete(watcher);
    if (channel.watchers.size > 0 || this.#channels.get(eventId) !== channel) return;
    this.#channels.delete(eventId);
    this.#eventOf.delete(redisKey.position(eventId));
    this.#deps.subscriber.unsubscribe(redisKey.position(eventId)).catch((error) => {
      this.#deps.log.debug({ err: error, event_id: eventId }, 'unsubscribing failed');
    });
  }
}
