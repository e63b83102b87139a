import type { Clock } from '#runtime/clock.ts';

/** Long sleeps between two looks at a room where nothing is due. Whoever joins ends the one of their room. */
export class Naps {
  readonly #clock: Clock;
  readonly #asleep = new Map<string, AbortController>();
  readonly #missed = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when somebody ended it, or joined since the last one. */
  async take(eventId: string, ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#missed.delete(eventId)) return true;
    const nap = new AbortController();
    const stop = () => nap.abort();
    signal.addEventListener('abort', stop, { once: true });
    this.#asleep.set(eventId, nap);
    try {
      await this.#clock.sleep(ms, nap.signal).catch(() => {});
      return nap.signal.aborted;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#asleep.delete(eventId);
    }
  }

  end(eventId: string): void {
    const nap = this.#asleep.get(eventId);
    if (nap === undefined) this.#missed.add(eventId);
    else nap.abort();
  }

  forget(eventId: string): void {
    this.#missed.delete(eventId);
  }
}
