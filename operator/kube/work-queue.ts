import type { Clock } from '#runtime/clock.ts';
import type { Registry } from '#runtime/metrics.ts';
import { DueHeap } from './due-heap.ts';
import { type QueueMetrics, queueMetrics } from './queue-metrics.ts';

/** Higher first. A sale's boundary must not wait behind a periodic sweep. */
export const PRIORITY = { low: -100, normal: 0, high: 100 } as const;

/** No wait is longer: what is due later comes up early, decides again, and waits again. */
export const MAX_WAIT_MS = 60 * 60_000;
/** Every so many ms of waiting are worth one point of priority, so that low is late but never forgotten. */
const AGING_MS_PER_POINT = 100;

export interface WorkQueueOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly metrics: Registry;
  /** First wait after a failure; 5 ms unless said. */
  readonly backoffBaseMs?: number;
  /** Longest wait after failures; 1000 s unless said. */
  readonly backoffMaxMs?: number;
}

export interface AddOptions {
  /** `PRIORITY.normal` unless said. The highest of all that asked while the key waited counts. */
  readonly priority?: number;
  /** Not before so many ms; the earliest of all that asked counts. Clamped to an hour. */
  readonly afterMs?: number;
}

interface Waiting {
  readonly key: string;
  priority: number;
  readonly readySince: number;
}

/**
 * Keys that need work. A key waits at most once, is never given out while somebody works on it, and when added meanwhile
 * comes again afterwards. Times are monotonic ms of the clock.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #metrics: QueueMetrics;
  readonly #backoffBaseMs: number;
  readonly #backoffMaxMs: number;

  /** Ready keys by priority, oldest first within one: few priorities, so the best head is found at once. */
  readonly #ready = new Map<number, Map<string, Waiting>>();
  readonly #readyPriority = new Map<string, number>();
  readonly #delayed = new DueHeap();
  readonly #processing = new Map<string, { readonly startedAt: number; readonly priority: number }>();
  /** Added while being worked on. */
  readonly #dirty = new Map<string, { priority: number; dueAt: number }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  /** Before, nobody was there to take: what comes in meanwhile grows no more urgent than what comes after. */
  #takenSince: number | undefined;
  #closed = false;
  #alarm: { dueAt: number; cancel: AbortController } | undefined;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#backoffBaseMs = options.backoffBaseMs ?? 5;
    this.#backoffMaxMs = Math.min(options.backoffMaxMs ?? 1_000_000, MAX_WAIT_MS);
    this.#metrics = queueMetrics(options.metrics, options.name, {
      depth: () => this.#depth(),
      processing: () => [...this.#processing.values()].map(({ startedAt }) => (this.#now() - startedAt) / 1000),
    });
  }

  add(key: string, { priority = PRIORITY.normal, afterMs = 0 }: AddOptions = {}): void {
    if (this.#closed) return;
    this.#metrics.added();
    this.#enter(key, priority, this.#now() + Math.min(Math.max(0, afterMs), MAX_WAIT_MS));
  }

  /**
   * Adds the key after a wait that doubles with every failure since the last `forget`, as urgent as it was when it was given
   * out unless said otherwise. Returns that wait in ms.
   */
  addAfterFailure(key: string, priority: number = this.#processing.get(key)?.priority ?? PRIORITY.normal): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics.retried();
    const waitMs = Math.min(this.#backoffMaxMs, this.#backoffBaseMs * 2 ** Math.min(failures, 40));
    this.add(key, { priority, afterMs: waitMs });
    return waitMs;
  }

  /** Work on the key succeeded: the next failure starts from the shortest wait again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The most urgent key, waiting for one if need be; undefined when the queue is closed. Give it back with `done`. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    this.#takenSince ??= this.#now();
    const key = this.#pick();
    if (key !== undefined) return key;
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    const work = this.#processing.get(key);
    if (work === undefined) return;
    this.#processing.delete(key);
    this.#metrics.worked((this.#now() - work.startedAt) / 1000);
    const again = this.#dirty.get(key);
    if (again === undefined) return;
    this.#dirty.delete(key);
    this.#enter(key, again.priority, again.dueAt);
  }

  /** Nothing more is given out; waiting takers get undefined. */
  close(): void {
    this.#closed = true;
    this.#alarm?.cancel.abort();
    this.#alarm = undefined;
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Ready keys; delayed ones and those in work do not count. */
  get length(): number {
    return this.#readyPriority.size;
  }

  get delayedCount(): number {
    return this.#delayed.size;
  }

  #enter(key: string, priority: number, dueAt: number): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      const known = this.#dirty.get(key);
      this.#dirty.set(key, {
        priority: Math.max(priority, known?.priority ?? priority),
        dueAt: Math.min(dueAt, known?.dueAt ?? dueAt),
      });
      return;
    }
    const readyPriority = this.#readyPriority.get(key);
    if (readyPriority !== undefined) {
      if (priority > readyPriority) this.#raise(key, readyPriority, priority);
      return;
    }
    const delayed = this.#delayed.get(key);
    const merged = {
      priority: Math.max(priority, delayed?.priority ?? priority),
      dueAt: Math.min(dueAt, delayed?.dueAt ?? dueAt),
    };
    this.#delayed.remove(key);
    if (merged.dueAt <= this.#now()) {
      this.#makeReady(key, merged.priority);
      this.#serve();
    } else {
      this.#delayed.set(key, merged);
      this.#armAlarm();
    }
  }

  #makeReady(key: string, priority: number): void {
    this.#insert({ key, priority, readySince: this.#now() });
  }

  #insert(waiting: Waiting): void {
    const bucket = this.#ready.get(waiting.priority);
    if (bucket === undefined) this.#ready.set(waiting.priority, new Map([[waiting.key, waiting]]));
    else bucket.set(waiting.key, waiting);
    this.#readyPriority.set(waiting.key, waiting.priority);
  }

  #withdraw(key: string, priority: number): Waiting | undefined {
    const bucket = this.#ready.get(priority);
    const waiting = bucket?.get(key);
    bucket?.delete(key);
    if (bucket?.size === 0) this.#ready.delete(priority);
    this.#readyPriority.delete(key);
    return waiting;
  }

  #raise(key: string, from: number, to: number): void {
    const waiting = this.#withdraw(key, from);
    if (waiting !== undefined) this.#insert({ ...waiting, priority: to });
  }

  #pick(): string | undefined {
    let best: Waiting | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const bucket of this.#ready.values()) {
      const head = bucket.values().next().value;
      if (head === undefined) continue;
      const score = head.priority + this.#waitedMs(head) / AGING_MS_PER_POINT;
      if (score > bestScore || (score === bestScore && best !== undefined && head.priority > best.priority)) {
        best = head;
        bestScore = score;
      }
    }
    if (best === undefined) return undefined;
    this.#withdraw(best.key, best.priority);
    this.#processing.set(best.key, { startedAt: this.#now(), priority: best.priority });
    this.#metrics.waited(this.#waitedMs(best) / 1000);
    return best.key;
  }

  #waitedMs({ readySince }: Waiting): number {
    return this.#now() - Math.max(readySince, this.#takenSince ?? readySince);
  }

  #serve(): void {
    while (this.#takers.length > 0) {
      const key = this.#pick();
      if (key === undefined) return;
      this.#takers.shift()?.(key);
    }
  }

  #armAlarm(): void {
    const dueAt = this.#delayed.nextDueAt();
    if (dueAt === undefined || this.#closed) return;
    if (this.#alarm !== undefined && this.#alarm.dueAt <= dueAt) return;
    this.#alarm?.cancel.abort();
    const cancel = new AbortController();
    this.#alarm = { dueAt, cancel };
    this.#clock.sleep(dueAt - this.#now(), cancel.signal).then(
      () => {
        this.#alarm = undefined;
        for (const due of this.#delayed.takeDue(this.#now())) this.#makeReady(due.key, due.priority);
        this.#serve();
        this.#armAlarm();
      },
      () => {}, // Cancelled for an earlier alarm, or closed.
    );
  }

  #depth(): Map<number, number> {
    return new Map([...this.#ready].map(([priority, bucket]) => [priority, bucket.size]));
  }

  #now(): number {
    return this.#clock.monotonic();
  }
}
