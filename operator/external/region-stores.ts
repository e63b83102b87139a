import pg from 'pg';
import { createRedis, type Redis } from '#runtime/redis.ts';
import type { PostgresAccess } from './postgres.ts';
import type { RedisAccess } from './redis.ts';

/** What a store of this region says of its place in the replication. */
export interface StoreRole {
  readonly role: 'primary' | 'replica';
  /** Unix ms up to which it holds everything that its primary held; undefined when it cannot tell. */
  readonly upToMs: number | undefined;
}

/** A store that one in another region follows, or that follows one there. Repeating a step does no harm. */
export interface RegionStore {
  readonly name: 'Postgres' | 'Redis';
  observe(signal: AbortSignal): Promise<StoreRole>;
  /** Returns once it takes writes. */
  promote(signal: AbortSignal): Promise<void>;
  /** Takes no write of anybody any more until it is promoted. */
  fence(signal: AbortSignal): Promise<void>;
  /** Leaves a mark in the stream of changes, so that a follower of a quiet primary knows how far it is. */
  beat(signal: AbortSignal): Promise<void>;
}

const STATEMENT_MS = 30_000;
/** How long Postgres may take to become a primary before we look again. */
const PROMOTE_SECONDS = 15;

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
  return {
    name: 'Postgres',
    observe: (signal) =>
      ask(signal, async (client) => {
        if (!(await follows(client))) return { role: 'primary', upToMs: undefined };
        // The last commit that arrived, or, where all that was received is replayed, when the primary was last heard of.
        const { rows } = await client.query<{ at: number | null }>(
          `SELECT extract(epoch FROM greatest(pg_last_xact_replay_timestamp(),
             (SELECT last_msg_receipt_time FROM pg_stat_wal_receiver
              WHERE status = 'streaming' AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn())))::float8 * 1000 AS at`,
        );
        return { role: 'replica', upToMs: rows[0]?.at ?? undefined };
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
        const { rows } = await client.query<{ fenced: boolean }>(
          "SELECT current_setting('default_transaction_read_only')::boolean AS fenced",
        );
        if (rows[0]?.fenced === true) return;
        await client.query('ALTER SYSTEM SET default_transaction_read_only = on');
        await client.query('SELECT pg_reload_conf()');
        // Who is inside a transaction goes; who comes back may only read.
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
        );
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
  if (facts.get('role') === 'master') return { role: 'primary', upToMs: undefined };
  if (facts.get('master_sync_in_progress') === '1') return { role: 'replica', upToMs: undefined };
  const up = facts.get('master_link_status') === 'up';
  const silent = Number(facts.get(up ? 'master_last_io_seconds_ago' : 'master_link_down_since_seconds') ?? -1);
  return { role: 'replica', upToMs: silent < 0 ? undefined : nowMs - silent * 1_000 };
}
