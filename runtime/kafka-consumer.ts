import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Registry } from 'prom-client';
import type { Clock } from './clock.ts';
import { ServiceError } from './errors.ts';
import type { Logger } from './log.ts';
import { counter, gauge } from './metrics.ts';
import { backoffMs } from './retry.ts';
import { runInTrace } from './trace-context.ts';
import { openSpan } from './tracing.ts';

export interface ReceivedMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Ms since the epoch, as the producer or broker stamped it. */
  readonly timestamp: number;
}

/** `done`: go on. `park`: it can never be handled; it is put aside with the reason and the next one follows. */
export type HandlerVerdict = 'done' | { readonly park: string };

export interface HandlerContext {
  /** Aborts when the consumer stops and its time is up. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** 1 for the first try. */
  readonly attempt: number;
}

export type RunConsumerOptions = ConsumerSettings & (OneByOne | InBatches);

interface OneByOne {
  /**
   * Called at least once per message, in order per partition, one at a time per partition. Throwing means "again": a
   * ServiceError marked retryable for ever, INVALID_ARGUMENT never (it is parked), anything else up to `maxAttempts`.
   */
  readonly handler: (message: ReceivedMessage, ctx: HandlerContext) => Promise<HandlerVerdict>;
  /** Keeps what cannot be handled, durably: the offset is committed once this resolves. Throwing means "again". */
  readonly park: (message: ReceivedMessage, reason: string) => Promise<void>;
  /** Tries of a message that keeps failing for an unknown reason, before it is parked. 10 unless told. */
  readonly maxAttempts?: number;
}

interface InBatches {
  /**
   * Called with messages of one partition that lie next to each other, in order, at least once. Throwing means "all of them
   * again", for ever: nothing is parked, so the handler itself passes over what it can never handle.
   */
  readonly batchHandler: (messages: readonly ReceivedMessage[], ctx: HandlerContext) => Promise<void>;
  readonly maxBatch: number;
}

interface ConsumerSettings {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly metrics?: Registry;
  /** Partitions handled at the same time. 3 unless told. */
  readonly concurrency?: number;
  /** Where a new group starts. The beginning unless told, so that nothing sent before is missed. */
  readonly fromBeginning?: boolean;
  /** Told when the consumer joins its group and when it loses it: `(ok, why) => readiness.set('kafka', ok, why)`. */
  readonly onState?: (ok: boolean, why: string) => void;
}

export interface EventConsumer extends AsyncDisposable {
  /** Resolves when the group was joined for the first time. */
  readonly ready: Promise<void>;
  /** Takes no new messages, lets running handlers finish until the signal aborts, commits, leaves the group. */
  stop(deadline?: AbortSignal): Promise<void>;
}

const RETRY = { initialMs: 100, maxMs: 10_000 };
const HEARTBEAT_MS = 3_000;
const COMMIT_EVERY_MS = 1_000;

/** Starts at once and keeps going: a crash of the client, a missing topic or a lost broker lead to a new try with back-off. */
export function startConsumer(kafka: Kafka, log: Logger, options: RunConsumerOptions): EventConsumer {
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const ready = Promise.withResolvers<void>();
  const handle = createMessageLoop(
    options,
    log.child({ kafka_group: options.groupId }),
    stopping.signal,
    giveUp.signal,
  );

  const running = (async () => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const consumer = kafka.consumer({
        groupId: options.groupId,
        // How long the group waits for a member that died without leaving, before its partitions go to another.
        sessionTimeout: 10_000,
        heartbeatInterval: HEARTBEAT_MS,
        rebalanceTimeout: 30_000,
        // A broker answers as soon as it has something; this is how often an idle consumer asks again, and, as an open fetch
        // cannot be cancelled, how long stop() takes at most. At half a second the idle shop kept Kafka at a third of a core.
        maxWaitTimeInMs: 2_000,
        allowAutoTopicCreation: false,
        // Partitions that are added before a sale are noticed this soon; by default only after five minutes.
        metadataMaxAge: 15_000,
        retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
      });
      try {
        const crashed = await runOnce(consumer, options, handle, stopping.signal, () => {
          attempt = 0;
          ready.resolve();
          options.onState?.(true, '');
        });
        if (crashed !== undefined) throw crashed;
      } catch (error) {
        if (stopping.signal.aborted) break;
        options.onState?.(false, error instanceof Error ? error.message : String(error));
        log.warn({ err: error, kafka_group: options.groupId }, 'kafka consumer failed, starting again');
      } finally {
        await consumer.disconnect().catch((error: unknown) => log.debug({ err: error }, 'leaving the group'));
      }
      await options.clock.sleep(backoffMs(RETRY, attempt), stopping.signal).catch(() => {});
    }
  })();

  const stop = async (deadline: AbortSignal = AbortSignal.timeout(10_000)) => {
    const onDeadline = () => giveUp.abort(new Error('the consumer was told to stop'));
    if (deadline.aborted) onDeadline();
    else deadline.addEventListener('abort', onDeadline, { once: true });
    stopping.abort(new Error('the consumer is stopping'));
    ready.promise.catch(() => {});
    ready.reject(new Error('the consumer was stopped before it joined its group'));
    await running;
    deadline.removeEventListener('abort', onDeadline);
  };
  // Nobody has to wait for it.
  ready.promise.catch(() => {});
  return { ready: ready.promise, stop, [Symbol.asyncDispose]: () => stop() };
}

/** Runs until stopped (undefined) or crashed (the error). */
async function runOnce(
  consumer: Consumer,
  options: RunConsumerOptions,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
  stopping: AbortSignal,
  onJoin: () => void,
): Promise<Error | undefined> {
  const ended = Promise.withResolvers<Error | undefined>();
  consumer.on('consumer.crash', ({ payload }) => ended.resolve(payload.error));
  consumer.on('consumer.group_join', onJoin);
  const onStop = () => ended.resolve(undefined);
  stopping.addEventListener('abort', onStop, { once: true });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.fromBeginning ?? true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.concurrency ?? 3,
      eachBatch,
    });
    const crash = await ended.promise;
    // Waits for the batches under way, which see the same signal.
    await consumer.stop();
    return crash;
  } finally {
    stopping.removeEventListener('abort', onStop);
  }
}

function createMessageLoop(options: RunConsumerOptions, log: Logger, stopping: AbortSignal, giveUp: AbortSignal) {
  const { clock, groupId } = options;
  const handled =
    options.metrics &&
    counter(
      options.metrics,
      'kafka_consumer_messages_total',
      'Messages by outcome',
      ['group', 'topic', 'outcome'],
      options.topics.flatMap((topic) => ['done', 'parked'].map((outcome) => ({ group: groupId, topic, outcome }))),
    );
  const lag =
    options.metrics &&
    gauge(options.metrics, 'kafka_consumer_lag', 'Messages behind the end', ['group', 'topic', 'partition']);

  /** Calls `step` until it succeeds or names a reason to park; throws only when told to stop. */
  async function patiently<T>(
    child: Logger,
    what: string,
    step: (attempt: number) => Promise<T>,
    giveUpAs?: (error: unknown, attempt: number) => T | undefined,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await step(attempt);
      } catch (error) {
        if (giveUp.aborted) throw giveUp.reason;
        child.warn({ err: error, attempt }, what);
        const verdict = giveUpAs?.(error, attempt);
        if (verdict !== undefined) return verdict;
      }
      // While stopping there is no time for patience: the message is still there for the next member.
      if (stopping.aborted) throw stopping.reason;
      await clock.sleep(backoffMs(RETRY, attempt), stopping);
    }
  }

  async function settle(messages: readonly [ReceivedMessage, ...ReceivedMessage[]]): Promise<'done' | 'parked'> {
    const [message] = messages;
    const { topic, partition, offset } = message;
    const where = { topic, partition, offset };
    if ('batchHandler' in options) {
      // Many traces at once: none of them is the batch's.
      const child = log.child(where);
      await patiently(child, 'batch not handled yet', (attempt) =>
        options.batchHandler(messages, { signal: giveUp, log: child, attempt }),
      );
      return 'done';
    }
    const span = openSpan(`${topic} process`, {
      kind: 'consumer',
      parent: message.headers['traceparent'],
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': topic,
        'messaging.consumer.group.name': groupId,
        'messaging.kafka.offset': offset,
      },
    });
    const child = log.child({ ...where, trace_id: span.traceId });
    const verdict = await patiently<HandlerVerdict>(
      child,
      'message not handled yet',
      (attempt) =>
        runInTrace(span.traceparent, () => options.handler(message, { signal: giveUp, log: child, attempt })),
      (error, attempt) => parkVerdict(error, attempt, options.maxAttempts ?? 10),
    ).finally(() => span.end());
    if (verdict === 'done') return 'done';
    await patiently(child, 'message not parked yet', () => options.park(message, verdict.park));
    child.error({ reason: verdict.park }, 'message parked');
    return 'parked';
  }

  const atOnce = 'batchHandler' in options ? options.maxBatch : 1;

  return async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    let broken: unknown;
    let lastCommit = clock.monotonic();
    const beat = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        broken = error;
      });
    }, HEARTBEAT_MS);
    const commit = () => payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    try {
      for (let at = 0; at < batch.messages.length; at += atOnce) {
        if (stopping.aborted || broken !== undefined || !payload.isRunning() || payload.isStale()) break;
        const [first, ...rest] = batch.messages
          .slice(at, at + atOnce)
          .map((raw) => received(batch.topic, batch.partition, raw));
        if (first === undefined) break;
        try {
          const outcome = await settle([first, ...rest]);
          handled?.inc({ group: groupId, topic: batch.topic, outcome }, 1 + rest.length);
        } catch (error) {
          if (stopping.aborted) break;
          throw error;
        }
        payload.resolveOffset((rest.at(-1) ?? first).offset);
        if (clock.monotonic() - lastCommit >= COMMIT_EVERY_MS) {
          await commit();
          lastCommit = clock.monotonic();
        }
      }
      lag?.set({ group: groupId, topic: batch.topic, partition: batch.partition }, Number(batch.offsetLag()));
    } finally {
      clearInterval(beat);
      // Also when it ends early: what was handled is not handled again.
      await commit();
    }
    if (broken !== undefined) throw broken;
  };
}

function parkVerdict(error: unknown, attempt: number, maxAttempts: number): HandlerVerdict | undefined {
  if (error instanceof ServiceError) {
    if (error.code === 'INVALID_ARGUMENT') return { park: `${error.reason}: ${error.message}` };
    if (error.retryable) return undefined;
  }
  if (attempt < maxAttempts) return undefined;
  return { park: `failed ${attempt} times: ${error instanceof Error ? error.message : String(error)}` };
}

function received(topic: string, partition: number, raw: KafkaMessage): ReceivedMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw.headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers[name] = first.toString();
  }
  return {
    topic,
    partition,
    offset: raw.offset,
    key: raw.key?.toString() ?? '',
    value: raw.value ?? Buffer.alloc(0),
    headers,
    timestamp: Number(raw.timestamp),
  };
}
