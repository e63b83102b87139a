import kafkajs, { type Kafka, type Producer, type TopicMessages } from 'kafkajs';
import { cancelled, invalidArgument, unavailable } from './errors.ts';
import type { Logger } from './log.ts';

export interface OutgoingMessage {
  /** Messages of one key stay in order. */
  readonly key: string;
  readonly value: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EventProducer {
  /**
   * Resolves when all in-sync replicas have the messages, in the given order per key. Rejects with a retryable UNAVAILABLE
   * when that is not sure: some may have been written, so consumers deduplicate; with INVALID_ARGUMENT MESSAGE_REFUSED when
   * the broker will never take at least one of these messages. A signal only stops the waiting.
   */
  send(topic: string, messages: readonly OutgoingMessage[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

interface Waiting {
  readonly topic: string;
  readonly messages: readonly OutgoingMessage[];
  readonly done: PromiseWithResolvers<void>;
}

const MAX_BATCH_MESSAGES = 1_000;

/**
 * One request in flight at a time; sends that arrive meanwhile go together in the next one. Both are needed for kafkajs's
 * idempotence to hold: it takes sequence numbers back after a failed request, so a second, different batch could reuse
 * the numbers of one that the broker did write, and the broker would drop it as a duplicate. For the same reason a
 * producer is replaced, with a new producer id, after any failure.
 */
export function createEventProducer(kafka: Kafka, log: Logger): EventProducer {
  const queue: Waiting[] = [];
  let producer: Promise<Producer> | undefined;
  let pumping: Promise<void> | undefined;
  let closed = false;

  const connect = async (): Promise<Producer> => {
    const fresh = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000 },
    });
    await fresh.connect();
    return fresh;
  };

  const discard = (failed: Promise<Producer>) => {
    if (producer === failed) producer = undefined;
    failed
      .then((known) => known.disconnect())
      .catch((error: unknown) => log.debug({ err: error }, 'closing a failed producer'));
  };

  const deliver = async (batch: readonly Waiting[]): Promise<void> => {
    producer ??= connect();
    const current = producer;
    try {
      const ready = await current;
      await ready.sendBatch({ acks: -1, timeout: 10_000, topicMessages: batch.map(toTopicMessages) });
      for (const { done } of batch) done.resolve();
    } catch (cause) {
      discard(current);
      const refusal = refusalOf(cause);
      // Sends that only travelled together must not be blamed for each other.
      if (refusal !== undefined && batch.length > 1) for (const one of batch) await deliver([one]);
      const error =
        refusal === undefined
          ? unavailable('KAFKA_UNAVAILABLE', 'the message broker did not take the messages', { cause })
          : invalidArgument('MESSAGE_REFUSED', `the message broker refuses: ${refusal}`, { cause });
      for (const { done } of batch) done.reject(error);
    }
  };

  const pump = async () => {
    while (queue.length > 0) await deliver(take(queue));
    // In the same breath as the last look: a sender that goes on at once must not believe that somebody still looks.
    pumping = undefined;
  };

  // Connecting takes about 0.3 s, which the first message should not wait for. When it fails, the next send connects anew.
  const first = connect();
  producer = first;
  first.catch(() => discard(first));

  return {
    async send(topic, messages, { signal } = {}) {
      if (closed) throw unavailable('PRODUCER_CLOSED', 'the producer is closed', { retryable: false });
      if (messages.length === 0) return;
      signal?.throwIfAborted();
      const done = Promise.withResolvers<void>();
      queue.push({ topic, messages, done });
      pumping ??= pump();
      await (signal ? orAborted(done.promise, signal) : done.promise);
    },
    async close() {
      closed = true;
      await pumping;
      const last = producer;
      producer = undefined;
      await last?.then(
        (known) => known.disconnect(),
        () => {},
      );
    },
  };
}

/** What a broker says of messages that it will never take, however often they are sent. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TOPIC_EXCEPTION']);

function refusalOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type } = cause as { type?: unknown };
    if (typeof type === 'string' && REFUSALS.has(type)) return type;
  }
  return undefined;
}

function take(queue: Waiting[]): Waiting[] {
  let count = 0;
  let sends = 0;
  for (const { messages } of queue) {
    if (sends > 0 && count + messages.length > MAX_BATCH_MESSAGES) break;
    count += messages.length;
    sends++;
  }
  return queue.splice(0, sends);
}

function toTopicMessages({ topic, messages }: Waiting): TopicMessages {
  return {
    topic,
    messages: messages.map(({ key, value, headers }) => ({
      key,
      value: typeof value === 'string' ? value : Buffer.from(value),
      ...(headers === undefined ? {} : { headers: { ...headers } }),
    })),
  };
}

async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  work.catch(() => {});
  const stopped = Promise.withResolvers<never>();
  const onAbort = () =>
    stopped.reject(cancelled('CANCELLED', 'gave up waiting for the broker', { cause: signal.reason }));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
