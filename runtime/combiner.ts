import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { cancelled, resourceExhausted } from './errors.ts';

export interface CombinerOptions<Request, Answer> {
  /** Answers in the order of the requests, one transaction for all of them. `waitedMs`: how long each waited here. */
  readonly write: (batch: readonly Request[], waitedMs: readonly number[]) => Promise<readonly Answer[]>;
  /** Requests of one lane are written together, lanes beside each other. */
  readonly laneOf: (request: Request) => string;
  /** No two requests with the same key go into one batch. */
  readonly keyOf: (request: Request) => string;
  /** Whether a failed batch is worth writing again one by one: true for errors that one bad request can cause. */
  readonly isFaultOfOne: (error: unknown) => boolean;
  /** How long an idle lane waits for company. */
  readonly gatherMs: number;
  readonly maxBatch: number;
  /**
   * Requests waiting in all lanes together above which new ones are refused, except those of a lane that has less than its
   * equal share of them: the crowd of one sale must not shut the door of another. So at most twice as many wait.
   */
  readonly maxWaiting: number;
  readonly clock: Clock;
  /** Told after every write, for metrics. */
  readonly onBatch?: (size: number) => void;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly signal: AbortSignal | undefined;
  /** Monotonic ms. */
  readonly since: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<Request, Answer> {
  readonly queue: Waiting<Request, Answer>[];
  running: boolean;
}

/**
 * Gathers concurrent requests for the same rows into one transaction. A hot row cannot be committed faster than one flush
 * after the other, so many buyers share each flush. While a batch is being written the next one forms by itself.
 */
export class Combiner<Request, Answer> {
  readonly #options: CombinerOptions<Request, Answer>;
  readonly #lanes = new Map<string, Lane<Request, Answer>>();
  #waiting = 0;

  constructor(options: CombinerOptions<Request, Answer>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Rejects with RESOURCE_EXHAUSTED BUSY (retryable) when too many wait, or with what the write threw. */
  submit(request: Request, signal?: AbortSignal): Promise<Answer> {
    const name = this.#options.laneOf(request);
    if (this.#isFull(name)) {
      return Promise.reject(
        resourceExhausted('BUSY', 'too many requests are waiting, try again shortly', { retryable: true }),
      );
    }
    return new Promise((resolve, reject) => {
      const lane = this.#lanes.get(name) ?? { queue: [], running: false };
      this.#lanes.set(name, lane);
      lane.queue.push({ request, signal, since: this.#options.clock.monotonic(), resolve, reject });
      this.#waiting++;
      if (!lane.running) {
        lane.running = true;
        void this.#run(name, lane);
      }
    });
  }

  #isFull(name: string): boolean {
    const { maxWaiting } = this.#options;
    if (this.#waiting < maxWaiting) return false;
    const lane = this.#lanes.get(name);
    const lanes = this.#lanes.size + (lane === undefined ? 1 : 0);
    return (lane?.queue.length ?? 0) >= Math.max(1, Math.floor(maxWaiting / lanes));
  }

  async #run(name: string, lane: Lane<Request, Answer>): Promise<void> {
    await this.#options.clock.sleep(this.#options.gatherMs);
    while (lane.queue.length > 0) {
      const batch = this.#take(lane);
      // A batch that is committed is answered while the next one is being written: for Node a hundred answers are as much
      // work as the writing is for Postgres.
      if (batch.length > 0) void handOut(await this.#write(batch));
    }
    lane.running = false;
    this.#lanes.delete(name);
  }

  /** The oldest requests up to the limit, in order of arrival, without those whose caller has gone. */
  #take(lane: Lane<Request, Answer>): Waiting<Request, Answer>[] {
    const { keyOf, maxBatch } = this.#options;
    const batch: Waiting<Request, Answer>[] = [];
    const later: Waiting<Request, Answer>[] = [];
    const keys = new Set<string>();
    let looked = 0;
    for (const waiting of lane.queue) {
      if (batch.length === maxBatch) break;
      looked++;
      const key = keyOf(waiting.request);
      if (waiting.signal?.aborted) {
        this.#waiting--;
        waiting.reject(cancelled('CANCELLED', 'the caller has gone'));
      } else if (keys.has(key)) {
        later.push(waiting);
      } else {
        keys.add(key);
        batch.push(waiting);
      }
    }
    lane.queue.splice(0, looked, ...later);
    return batch;
  }

  /** Writes the batch and gives what is left to do for each caller. Never rejects. */
  async #write(batch: readonly Waiting<Request, Answer>[]): Promise<readonly (() => void)[]> {
    this.#waiting -= batch.length;
    try {
      return await this.#writeTogether(batch);
    } catch (error) {
      if (batch.length === 1 || !this.#options.isFaultOfOne(error)) {
        return batch.map(
          ({ reject }) =>
            () =>
              reject(error),
        );
      }
    }
    // One of them is at fault: each for itself, answered at once, as the rest takes a while.
    for (const waiting of batch) {
      await this.#writeTogether([waiting]).then(([answer]) => answer?.(), waiting.reject);
    }
    return [];
  }

  /** Resolves when the batch is committed. */
  async #writeTogether(batch: readonly Waiting<Request, Answer>[]): Promise<(() => void)[]> {
    const now = this.#options.clock.monotonic();
    const answers = await this.#options.write(
      batch.map(({ request }) => request),
      batch.map(({ since }) => now - since),
    );
    if (answers.length !== batch.length)
      throw new Error(`${batch.length} requests were written, ${answers.length} answers came`);
    this.#options.onBatch?.(batch.length);
    return batch.map((waiting, index) => () => waiting.resolve(answers[index] as Answer)); // same length, checked above
  }
}

/** Callers answered before the event loop gets a turn: it has requests to read, and the next batch to send. */
const ANSWERED_AT_ONCE = 32;

async function handOut(answers: readonly (() => void)[]): Promise<void> {
  for (let from = 0; from < answers.length; from += ANSWERED_AT_ONCE) {
    await setImmediate();
    for (const answer of answers.slice(from, from + ANSWERED_AT_ONCE)) answer();
  }
}
