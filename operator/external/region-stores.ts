import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createRedis, type Redis } from '#runtime/redis.ts';
import type { PostgresAccess } from './postgres.ts';
import type { RedisAccess } from './redis.ts';

/** A place in a stream of changes; two of them can be compared where the stream is the same. */
export interface StreamPosition {
  /** Which data it is: a system identifier of Postgres, a replication id of Redis. */
  readonly stream: string;
  /** Bytes since the beginning of the stream. */
  readonly offset: bigint;
}

/** What a store of this region says of its place in the replication. */
export interface StoreRole {
  readonly role: 'primary' | 'replica';
  /** Unix ms up to which it holds everything that its primary held, by its own clock; undefined when it cannot tell. */
  readonly upToMs: number | undefined;
  /** Up to where it has replayed, or written; undefined when it cannot tell. */
  readonly position: StreamPosition | undefined;
}

/** Whether whoever is at `position` has everything up to `mark`. Pure. */
export function reaches(position: StreamPosition | undefined, mark: StreamPosition): boolean {
  return position !== undefined && position.stream === mark.stream && position.offset >= mark.offset;
}

/** A store that one in another region follows, or that follows one there. Repeating a step does no harm. */
export interface RegionStore {
  readonly name: 'Postgres' | 'Redis';
  observe(signal: AbortSignal): Promise<StoreRole>;
  /** Returns once it takes writes. */
  promote(signal: AbortSignal): Promise<void>;
  /** Takes no write of anybody any more until it is promoted. Returns once the last one has ended. */
  fence(signal: AbortSignal): Promise<void>;
  /** Leaves a mark in the stream of changes, so that a follower of a quiet primary knows how far it is. */
  beat(signal: AbortSignal): Promise<void>;
}

const STATEMENT_MS = 30_000;
/** How long Postgres may take to become a primary before we look again. */
const PROMOTE_SECONDS = 15;
/** How long sessions may take to end, or to hear of a setting, before we say so and look again. */
const SESSIONS_END_MS = 15_000;

/** A PostgreSQL server that streams to, or from, another region's. */
export function postgresInRegion(access: PostgresAccess): RegionStore {
  const ask = async <T>(signal: AbortSignal, use: (client: pg.Client) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const { host, port, user, password, tls } = access;
    const client = new pg.Client({
      ...{ host, port, user, password, database: 'postgres', application_name: 'ticketbottle-operator' },
      ...{ connectionTimeoutMillis: 5_000, statement_timeout: STATEMENT_MS, query_timeout: STATEMENT_MS + 5_000 },
      ...(tls === undefined || tls === false ? {} : { ssl: typeof tls === 'object' ? { ca: tls.ca } : true }),
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return await use(client);
    } finally {
      await client.end().catch(() => {});
    }
  };
  const follows = async (client: pg.Client): Promise<boolean> => {
    const { rows } = await client.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
    return rows[0]?.replica === true;
  };
  const isFenced = async (client: pg.Client): Promise<boolean> => {
    const { rows } = await client.query<{ fenced: boolean }>(
      "SELECT current_setting('default_transaction_read_only')::boolean AS fenced",
    );
    return rows[0]?.fenced === true;
  };
  return {
    name: 'Postgres',
    observe: (signal) =>
      ask(signal, async (client) => {
        // The last commit that arrived, or, where all that was received is replayed, when the primary was last heard of.
        const { rows } = await client.query<{
          replica: boolean;
          at: number | null;
          stream: string;
          lsn: string | null;
        }>(
          `SELECT pg_is_in_recovery() AS replica,
             extract(epoch FROM greatest(pg_last_xact_replay_timestamp(),
               (SELECT last_msg_receipt_time FROM pg_stat_wal_receiver
                WHERE status = 'streaming' AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn())))::float8 * 1000 AS at,
             (SELECT system_identifier::text FROM pg_control_system()) AS stream,
             (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::text
               AS lsn`,
        );
        const [row] = rows;
        if (row === undefined) throw new Error('Postgres says nothing of its place in the replication');
        const position = row.lsn === null ? undefined : { stream: row.stream, offset: BigInt(row.lsn) };
        if (!row.replica) return { role: 'primary', upToMs: undefined, position };
        return { role: 'replica', upToMs: row.at ?? undefined, position };
      }),
    promote: (signal) =>
      ask(signal, async (client) => {
        if (await follows(client)) {
          const { rows } = await client.query<{ done: boolean }>(`SELECT pg_promote(true, ${PROMOTE_SECONDS}) AS done`);
          if (rows[0]?.done !== true)
            throw new Error(`Postgres is not promoted after ${PROMOTE_SECONDS} s: it goes on by itself, read its log`);
        }
        // It may have been fenced in an earlier life.
        await client.query('ALTER SYSTEM RESET default_transaction_read_only');
        await client.query('SELECT pg_reload_conf()');
      }),
    fence: (signal) =>
      ask(signal, async (client) => {
        if (await follows(client)) return;
        const before = await isFenced(client);
        if (!before) {
          await client.query('ALTER SYSTEM SET default_transaction_read_only = on');
          await client.query('SELECT pg_reload_conf()');
          await within(SESSIONS_END_MS, signal, 'it has not read its settings again', () => isFenced(client));
        }
        // Who is inside a transaction goes, and the first time everybody: who comes back may only read.
        const others = `FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
          AND (xact_start IS NOT NULL OR NOT $1)`;
        const { rows } = await client.query<{ pid: number }>(`SELECT pid, pg_terminate_backend(pid) ${others}`, [
          before,
        ]);
        const left = 'SELECT count(*)::int AS left FROM pg_stat_activity WHERE pid = ANY ($1)';
        // A commit that had begun still comes to its end.
        await within(SESSIONS_END_MS, signal, 'sessions that were told to end are still there', async () => {
          const asked = await client.query<{ left: number }>(left, [rows.map(({ pid }) => pid)]);
          return asked.rows[0]?.left === 0;
        });
      }),
    beat: (signal) =>
      ask(signal, async (client) => {
        if (await follows(client)) return;
        await client.query('BEGIN READ WRITE');
        await client.query("SELECT pg_logical_emit_message(true, 'ticketbottle', 'beat')");
        await client.query('COMMIT');
      }),
  };
}

/** More replicas than anybody has: a primary that waits for them takes no write. */
const FENCED_REPLICAS = '1000';

/** A Redis that replicates to, or from, another region's. */
export function redisInRegion(access: RedisAccess): RegionStore {
  const ask = async <T>(signal: AbortSignal, use: (redis: Redis) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const redis = createRedis({ ...access, connectionName: 'ticketbottle-operator-region', commandTimeoutMs: 5_000 });
    try {
      return await use(redis);
    } finally {
      redis.disconnect();
    }
  };
  const fenced = async (redis: Redis) =>
    ((await redis.config('GET', 'min-replicas-to-write')) as string[])[1] === FENCED_REPLICAS;
  return {
    name: 'Redis',
    observe: (signal) => ask(signal, async (redis) => redisRole(await redis.info('replication'), Date.now())),
    promote: (signal) =>
      ask(signal, async (redis) => {
        await redis.call('REPLICAOF', 'NO', 'ONE');
        if (await fenced(redis)) await redis.config('SET', 'min-replicas-to-write', '0');
      }),
    fence: (signal) =>
      ask(signal, async (redis) => {
        if (redisRole(await redis.info('replication'), 0).role === 'replica' || (await fenced(redis))) return;
        await redis.config('SET', 'min-replicas-to-write', FENCED_REPLICAS);
      }),
    // Followers get what is published, and what arrives puts off their silence; a fenced primary may publish as well.
    beat: (signal) => ask(signal, async (redis) => void (await redis.publish('ticketbottle:region', 'beat'))),
  };
}

/** The answer of `INFO replication`, read at `nowMs`. Pure. */
export function redisRole(info: string, nowMs: number): StoreRole {
  const facts = new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  const at = (offset: string | undefined) => {
    const stream = facts.get('master_replid');
    return stream === undefined || offset === undefined ? undefined : { stream, offset: BigInt(offset) };
  };
  if (facts.get('role') === 'master')
    return { role: 'primary', upToMs: undefined, position: at(facts.get('master_repl_offset')) };
  if (facts.get('master_sync_in_progress') === '1') return { role: 'replica', upToMs: undefined, position: undefined };
  const up = facts.get('master_link_status') === 'up';
  const silent = Number(facts.get(up ? 'master_last_io_seconds_ago' : 'master_link_down_since_seconds') ?? -1);
  if (silent < 0) return { role: 'replica', upToMs: undefined, position: undefined };
  return { role: 'replica', upToMs: nowMs - silent * 1_000, position: at(facts.get('slave_repl_offset')) };
}

async function within(ms: number, signal: AbortSignal, what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + ms; !(await holds()); await sleep(50, undefined, { signal }))
    if (performance.now() > end)
      throw new Error(`Postgres cannot be fenced: after ${ms / 1_000} s ${what}; look at pg_stat_activity`);
}
