import type { Registry } from 'prom-client';
import type { Clock } from './clock.ts';
import { ServiceError } from './errors.ts';
import { decodeEnvelope } from './event-envelope.ts';
import type { EventProducer } from './kafka-producer.ts';
import type { Logger } from './log.ts';
import { counter, gauge, histogram } from './metrics.ts';
import { OUTBOX_SHARDS } from './outbox.ts';
import { type Pool, type PoolClient, withTransaction } from './pg.ts';
import { backoffMs } from './retry.ts';

export interface RelayOptions {
  readonly pool: Pool;
  readonly producer: EventProducer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Registry;
  /** Rows per claim, 200 unless told. */
  readonly batch?: number;
  /** Shards worked on at the same time, each holding a connection while it publishes. 4 unless told. */
  readonly parallel?: number;
  /** Pause between looks: the short one after work was found, doubling up to the long one. 20 and 1000 ms unless told. */
  readonly pollMs?: { readonly min: number; readonly max: number };
  /** Longest wait for the broker; then the claim is given back. 15 s unless told. */
  readonly sendTimeoutMs?: number;
  /** Told of each row that was moved to `outbox_parked`. */
  readonly onParked?: (id: string) => void;
}

export interface OutboxRelay extends AsyncDisposable {
  /** Look now: call it after every commit that enqueued. Cheap, any number of times. */
  wake(): void;
  /** Starts looking by itself; waking alone also works after this. */
  start(): void;
  /** Ends after the claims under way. */
  stop(): Promise<void>;
  /** Publishes everything that waits, once, and gives the number; throws on the first failure. For scheduled functions. */
  drainOnce(signal?: AbortSignal): Promise<number>;
}

/** First key of the advisory lock; the second is the shard. Any constant of our own will do. */
const LOCK_CLASS = 0x7b07;
const FAILURE = { initialMs: 200, maxMs: 10_000 };

/**
 * Publishes outbox rows at least once, per key in order. One relay at a time works on a shard (a transaction-scoped advisory
 * lock, so a crash frees it), claims rows with FOR UPDATE SKIP LOCKED, marks them after the broker's acknowledgement. Any
 * number of processes may run it, the scheduled function included.
 */
export function createRelay(options: RelayOptions): OutboxRelay {
  const { pool, clock, log, metrics } = options;
  const poll = options.pollMs ?? { min: 20, max: 1_000 };
  const published = metrics && counter(metrics, 'outbox_published_total', 'Messages published', ['topic']);
  const failures = metrics && counter(metrics, 'outbox_failures_total', 'Claims that could not be published');
  const parkedTotal = metrics && counter(metrics, 'outbox_parked_total', 'Messages the broker never takes', ['topic']);
  const oldest =
    metrics && gauge(metrics, 'outbox_oldest_age_seconds', 'Age of the oldest message that waits, 0 when none');
  const delay = metrics && histogram(metrics, 'outbox_delay_seconds', 'From commit to acknowledgement', ['topic']);
  const stopping = new AbortController();
  let wakeUp = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;

  /** One claim of one shard. Returns the rows published and whether the shard may hold more. */
  const claim = (shard: number, signal: AbortSignal) =>
    withTransaction(pool, async (client) => {
      if (!(await lockShard(client, shard))) return { count: 0, more: false };
      const rows = await claimRows(client, shard, options.batch ?? 200);
      if (rows.length === 0) return { count: 0, more: false };
      const parked = await publish(options.producer, rows, signal);
      for (const { row, reason } of parked) {
        await park(client, row.seq, reason);
        parkedTotal?.inc({ topic: row.topic });
        log.error({ outbox_id: row.id, topic: row.topic, reason }, 'message parked: the broker will never take it');
        options.onParked?.(row.id);
      }
      const gone = new Set(parked.map(({ row }) => row.seq));
      const { rows: marked } = await client.query<{ topic: string; age: number }>(
        `UPDATE outbox SET published_time = clock_timestamp() WHERE seq = ANY($1::bigint[])
         RETURNING topic, extract(epoch FROM published_time - created_time)::float8 AS age`,
        [rows.map(({ seq }) => seq).filter((seq) => !gone.has(seq))],
      );
      for (const { topic, age } of marked) {
        published?.inc({ topic });
        delay?.observe({ topic }, age);
      }
      return { count: rows.length, more: rows.length === (options.batch ?? 200) };
    });

  const sendTimeout = (signal: AbortSignal | undefined) => {
    const timeout = AbortSignal.timeout(options.sendTimeoutMs ?? 15_000);
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  };

  /** Works off the shards that have something, `parallel` at a time. Throws the first failure after the others ended. */
  const sweep = async (signal?: AbortSignal): Promise<number> => {
    const { shards, ageSeconds } = await waitingShards(pool);
    oldest?.set(ageSeconds);
    let total = 0;
    const work = async () => {
      for (let shard = shards.shift(); shard !== undefined; shard = shards.shift()) {
        for (let more = true; more && !signal?.aborted; ) {
          const result = await claim(shard, sendTimeout(signal));
          total += result.count;
          more = result.more;
        }
      }
    };
    const results = await Promise.allSettled(
      Array.from({ length: Math.min(options.parallel ?? 4, shards.length) }, work),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return total;
  };

  const loop = async () => {
    let pauseMs = poll.min;
    let failed = 0;
    while (!stopping.signal.aborted) {
      const woken = wakeUp.promise;
      try {
        const count = await sweep(stopping.signal);
        failed = 0;
        pauseMs = count > 0 ? poll.min : Math.min(poll.max, pauseMs * 2);
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures?.inc();
        log.warn({ err: error, attempt: failed + 1 }, 'outbox not published, trying again');
        pauseMs = backoffMs(FAILURE, ++failed);
      }
      const rest = new AbortController();
      const pause = clock.sleep(pauseMs, AbortSignal.any([rest.signal, stopping.signal])).catch(() => {});
      // After a failure a wake-up must not turn into hammering.
      if (failed > 0) await pause;
      else await Promise.race([woken, pause]);
      rest.abort();
      await pause;
    }
  };

  return {
    wake() {
      wakeUp.resolve();
      wakeUp = Promise.withResolvers();
    },
    start() {
      running ??= loop();
    },
    async stop() {
      stopping.abort(new Error('the relay is stopping'));
      await running;
    },
    drainOnce: async (signal) => {
      let total = 0;
      for (let count = await sweep(signal); count > 0; count = signal?.aborted ? 0 : await sweep(signal))
        total += count;
      return total;
    },
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

interface Row {
  readonly seq: bigint;
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly value: string;
}

async function waitingShards(pool: Pool): Promise<{ shards: number[]; ageSeconds: number }> {
  const { rows } = await pool.query<{ shard: number; age: number }>(
    `SELECT shard, extract(epoch FROM clock_timestamp() - head.created_time)::float8 AS age
     FROM generate_series(0, $1 - 1) AS shard
     CROSS JOIN LATERAL (SELECT created_time FROM outbox o WHERE o.shard = shard.shard AND published_time IS NULL
                         ORDER BY seq LIMIT 1) AS head
     ORDER BY age DESC`,
    [OUTBOX_SHARDS],
  );
  return { shards: rows.map(({ shard }) => shard), ageSeconds: Math.max(0, rows[0]?.age ?? 0) };
}

async function lockShard(client: PoolClient, shard: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1, $2) AS locked', [
    LOCK_CLASS,
    shard,
  ]);
  return rows[0]?.locked === true;
}

/**
 * The oldest waiting rows that nobody else holds. A row held by another transaction (a person repairing by hand) also
 * holds back the later rows of its key, else they would overtake it.
 */
async function claimRows(client: PoolClient, shard: number, limit: number): Promise<Row[]> {
  const waiting = await client.query<{ seq: bigint; key: string }>(
    'SELECT seq, key FROM outbox WHERE shard = $1 AND published_time IS NULL ORDER BY seq LIMIT $2',
    [shard, limit],
  );
  if (waiting.rows.length === 0) return [];
  const claimed = await client.query<Row>(
    `SELECT seq, id, topic, key, type, value FROM outbox
     WHERE seq = ANY($1::bigint[]) AND published_time IS NULL ORDER BY seq FOR UPDATE SKIP LOCKED`,
    [waiting.rows.map(({ seq }) => seq)],
  );
  const bySeq = new Map(claimed.rows.map((row) => [row.seq, row]));
  const heldBack = new Set<string>();
  return waiting.rows.flatMap(({ seq, key }) => {
    const row = bySeq.get(seq);
    if (row === undefined) heldBack.add(key);
    return row === undefined || heldBack.has(key) ? [] : [row];
  });
}

interface Parked {
  readonly row: Row;
  readonly reason: string;
}

/** Publishes the rows and returns those that the broker will never take; throws when it is not sure that it took the rest. */
async function publish(producer: EventProducer, rows: readonly Row[], signal: AbortSignal): Promise<Parked[]> {
  const parked = await Promise.all(
    [...Map.groupBy(rows, ({ topic }) => topic)].map(async ([topic, ofTopic]) => {
      try {
        await producer.send(topic, ofTopic.map(toMessage), { signal });
        return [];
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
      // One of them is poison. Each for itself, in order; what the first attempt did get through comes twice.
      const refused: Parked[] = [];
      for (const row of ofTopic) {
        try {
          await producer.send(topic, [toMessage(row)], { signal });
        } catch (error) {
          if (!isRefused(error)) throw error;
          refused.push({ row, reason: error.message });
        }
      }
      return refused;
    }),
  );
  return parked.flat();
}

const toMessage = ({ id, key, type, value }: Row) => {
  const traceparent = traceparentIn(value);
  return { key, value, headers: { id, type, ...(traceparent === undefined ? {} : { traceparent }) } };
};

/** The trace that the row was written in. A value that cannot be read is the consumers' business. */
function traceparentIn(value: string): string | undefined {
  if (!value.includes('"traceparent"')) return undefined;
  try {
    return decodeEnvelope(value).traceparent;
  } catch {
    return undefined;
  }
}

const isRefused = (error: unknown): error is ServiceError =>
  error instanceof ServiceError && error.reason === 'MESSAGE_REFUSED';

/** Out of the way of the rows behind it, with the reason, where people find it. */
async function park(client: PoolClient, seq: bigint, reason: string): Promise<void> {
  await client.query(
    `WITH row AS (DELETE FROM outbox WHERE seq = $1 RETURNING id, topic, key, type, value, shard, created_time)
     INSERT INTO outbox_parked (id, topic, key, type, value, shard, created_time, reason)
     SELECT id, topic, key, type, value, shard, created_time, $2 FROM row`,
    [seq, reason],
  );
}
