import type { Registry } from 'prom-client';
import { TOPIC } from '#proto/names.ts';
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
  /** Rows per claim, of all its shards together, 500 unless told: some hundred kB in one request to the broker. */
  readonly batch?: number;
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
/** Shards of a backlog worked on at the same time, each holding a connection while it publishes. */
const PARALLEL = 4;
const FAILURE = { initialMs: 200, maxMs: 10_000 };

/**
 * Publishes outbox rows at least once, per key in order. One relay at a time works on a shard (a transaction-scoped advisory
 * lock, so a crash frees it), claims rows with FOR UPDATE SKIP LOCKED, marks them after the broker's acknowledgement. Any
 * number of processes may run it, the scheduled function included. A first claim takes all shards that nobody else works on: a
 * transaction for each would commit sixteen times for what one can do, on the disk that the business commits to. Shards with
 * a backlog are then worked off beside each other.
 */
export function createRelay(options: RelayOptions): OutboxRelay {
  const { pool, clock, log, metrics } = options;
  const poll = options.pollMs ?? { min: 20, max: 1_000 };
  const published = metrics && counter(metrics, 'outbox_published_total', 'Messages published', ['topic']);
  const failures = metrics && counter(metrics, 'outbox_failures_total', 'Claims that could not be published');
  const parkedTotal =
    metrics &&
    counter(
      metrics,
      'outbox_parked_total',
      'Messages the broker never takes',
      ['topic'],
      Object.values(TOPIC).map((topic) => ({ topic })),
    );
  const oldest =
    metrics && gauge(metrics, 'outbox_oldest_age_seconds', 'Age of the oldest message that waits, 0 when none');
  const delay = metrics && histogram(metrics, 'outbox_delay_seconds', 'From commit to acknowledgement', ['topic']);
  const stopping = new AbortController();
  let wakeUp = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;

  /** One claim. Returns the rows published and the shards that may hold more; throws after marking what did get out. */
  const claim = async (waiting: readonly number[], signal: AbortSignal) => {
    const result = await withTransaction(pool, async (client) => {
      const shards = await lockShards(client, waiting);
      if (shards.length === 0) return { count: 0, full: [], failures: [] };
      const perShard = Math.max(1, Math.floor((options.batch ?? 500) / shards.length));
      const { rows, full } = await claimRows(client, shards, perShard);
      if (rows.length === 0) return { count: 0, full: [], failures: [] };
      const { sent, parked, failures } = await publish(options.producer, rows, signal);
      for (const { row, reason } of parked) {
        await park(client, row.seq, reason);
        parkedTotal?.inc({ topic: row.topic });
        log.error({ outbox_id: row.id, topic: row.topic, reason }, 'message parked: the broker will never take it');
        options.onParked?.(row.id);
      }
      const { rows: marked } = await client.query<{ topic: string; age: number }>(
        `UPDATE outbox SET published_time = clock_timestamp() WHERE seq = ANY($1::bigint[])
         RETURNING topic, extract(epoch FROM published_time - created_time)::float8 AS age`,
        [sent.map(({ seq }) => seq)],
      );
      for (const { topic, age } of marked) {
        published?.inc({ topic });
        delay?.observe({ topic }, age);
      }
      return { count: sent.length + parked.length, full, failures };
    });
    if (result.failures.length > 0) throw result.failures[0];
    return result;
  };

  const sendTimeout = (signal: AbortSignal | undefined) => {
    const timeout = AbortSignal.timeout(options.sendTimeoutMs ?? 15_000);
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  };

  /** Works off what waits. Throws the first failure after the others ended. */
  const sweep = async (signal?: AbortSignal): Promise<number> => {
    const { shards, ageSeconds } = await waitingShards(pool);
    oldest?.set(ageSeconds);
    if (shards.length === 0) return 0;
    const first = await claim(shards, sendTimeout(signal));
    let total = first.count;
    const backlog = [...first.full];
    const work = async () => {
      for (let shard = backlog.shift(); shard !== undefined; shard = backlog.shift()) {
        for (let more = true; more && !signal?.aborted; ) {
          const result = await claim([shard], sendTimeout(signal));
          total += result.count;
          more = result.full.length > 0;
        }
      }
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL, backlog.length) }, work));
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

/** Those of the shards that nobody else works on; ours until the transaction ends. */
async function lockShards(client: PoolClient, shards: readonly number[]): Promise<number[]> {
  const { rows } = await client.query<{ shard: number }>(
    'SELECT shard FROM unnest($2::int[]) AS shard WHERE pg_try_advisory_xact_lock($1, shard)',
    [LOCK_CLASS, shards],
  );
  return rows.map(({ shard }) => shard);
}

/**
 * The oldest waiting rows of each shard that nobody else holds. A row held by another transaction (a person repairing by
 * hand) also holds back the later rows of its key, else they would overtake it. `full`: shards that may hold more.
 */
async function claimRows(
  client: PoolClient,
  shards: readonly number[],
  perShard: number,
): Promise<{ readonly rows: Row[]; readonly full: readonly number[] }> {
  const waiting = await client.query<{ seq: bigint; shard: number; key: string }>(
    `SELECT o.seq, o.shard, o.key FROM unnest($1::int[]) AS mine(shard)
     CROSS JOIN LATERAL (SELECT seq, shard, key FROM outbox
                         WHERE shard = mine.shard AND published_time IS NULL ORDER BY seq LIMIT $2) AS o
     ORDER BY o.seq`,
    [shards, perShard],
  );
  if (waiting.rows.length === 0) return { rows: [], full: [] };
  const claimed = await client.query<Row>(
    `SELECT seq, id, topic, key, type, value FROM outbox
     WHERE seq = ANY($1::bigint[]) AND published_time IS NULL ORDER BY seq FOR UPDATE SKIP LOCKED`,
    [waiting.rows.map(({ seq }) => seq)],
  );
  const bySeq = new Map(claimed.rows.map((row) => [row.seq, row]));
  const heldBack = new Set<string>();
  const rows = waiting.rows.flatMap(({ seq, key }) => {
    const row = bySeq.get(seq);
    if (row === undefined) heldBack.add(key);
    return row === undefined || heldBack.has(key) ? [] : [row];
  });
  const full = [...Map.groupBy(waiting.rows, ({ shard }) => shard)]
    .filter(([, ofShard]) => ofShard.length === perShard)
    .map(([shard]) => shard);
  return { rows, full };
}

interface Parked {
  readonly row: Row;
  readonly reason: string;
}

interface Published {
  readonly sent: Row[];
  /** The broker will never take these. */
  readonly parked: Parked[];
  /** Why the rest is not known to be there. */
  readonly failures: unknown[];
}

/** Topics beside each other: one that the broker cannot take now does not hold up the others. */
async function publish(producer: EventProducer, rows: readonly Row[], signal: AbortSignal): Promise<Published> {
  const all: Published = { sent: [], parked: [], failures: [] };
  await Promise.all(
    [...Map.groupBy(rows, ({ topic }) => topic)].map(async ([topic, ofTopic]) => {
      try {
        await publishTopic(producer, topic, ofTopic, signal, all);
      } catch (error) {
        all.failures.push(error);
      }
    }),
  );
  return all;
}

/** Throws when it is not sure that the broker took the rest. */
async function publishTopic(
  producer: EventProducer,
  topic: string,
  rows: readonly Row[],
  signal: AbortSignal,
  { sent, parked }: Published,
): Promise<void> {
  try {
    await producer.send(topic, rows.map(toMessage), { signal });
    sent.push(...rows);
    return;
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  // One of them is poison. Each for itself, in order; what the first attempt did get through comes twice.
  for (const row of rows) {
    try {
      await producer.send(topic, [toMessage(row)], { signal });
      sent.push(row);
    } catch (error) {
      if (!isRefused(error)) throw error;
      parked.push({ row, reason: error.message });
    }
  }
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
