import pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { type Clock, systemClock } from './clock.ts';
import type { Logger } from './log.ts';
import { gauge } from './metrics.ts';
import { classifyPgError } from './pg-errors.ts';
import { retry } from './retry.ts';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;
/** Either of them: functions that run one statement take this. */
export interface Queryable {
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<R>>;
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<R>>;
}

export interface PoolOptions {
  readonly connectionString: string;
  readonly max: number;
  readonly applicationName: string;
  readonly log: Logger;
  readonly metrics?: Registry;
  /** 5 s unless told: no statement of a service may take longer. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for a row or table lock, 3 s unless told. */
  readonly lockTimeoutMs?: number;
  /** Longest wait for a free connection, 3 s unless told. */
  readonly connectTimeoutMs?: number;
  readonly ssl?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

const INT8 = 20;

/**
 * Column types: int8 comes as **bigint** (money, ids); cast counts in SQL (`count(*)::int`) to get a number; numeric
 * stays text; timestamptz is a Date (`.getTime()` for ms). Idle connections are kept, so that a warmed pool stays warm.
 */
export function createPool(options: PoolOptions): Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs ?? 5_000,
    lock_timeout: options.lockTimeoutMs ?? 3_000,
    // A program that dies or hangs inside a transaction must not hold its locks for long.
    idle_in_transaction_session_timeout: 30_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 3_000,
    idleTimeoutMillis: 0,
    maxLifetimeSeconds: 3600,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
  });
  // Without a listener a connection that breaks while idle ends the process.
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection broke'));
  if (options.metrics) watchPool(pool, options.metrics, options.applicationName);
  return pool;
}

/** Overloaded in pg's types by format; ours only differs for int8 in text format. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (oid === INT8 && format !== 'binary') return (text: string) => BigInt(text);
  return pg.types.getTypeParser(oid, format as 'text');
}) as typeof pg.types.getTypeParser;

const watched = new WeakMap<Registry, Map<string, Pool>>();

/** Read when scraped: the pool's own events come before its counts change. */
function watchPool(pool: Pool, registry: Registry, name: string): void {
  const known = watched.get(registry);
  if (known !== undefined) {
    known.set(name, pool);
    return;
  }
  const pools = new Map([[name, pool]]);
  watched.set(registry, pools);
  watchServer(pool, registry);
  new Gauge({
    name: 'pg_pool_connections',
    help: 'Connections by state; waiting are callers without one',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [label, { idleCount, totalCount, waitingCount }] of pools) {
        this.set({ pool: label, state: 'idle' }, idleCount);
        this.set({ pool: label, state: 'used' }, totalCount - idleCount);
        this.set({ pool: label, state: 'waiting' }, waitingCount);
      }
    },
  });
}

/** Of the whole server, whoever connected: what the next connection will meet. Stale rather than failing a scrape. */
function watchServer(pool: Pool, registry: Registry): void {
  const max = gauge(registry, 'pg_server_connections_max', 'Connections that the database server takes');
  new Gauge({
    name: 'pg_server_connections',
    help: 'Connections to the database server, of all its clients',
    registers: [registry],
    async collect() {
      // A pool whose callers wait must not be asked on top.
      if (pool.waitingCount > 0 || pool.totalCount === 0) return;
      try {
        const { rows } = await pool.query<{ used: number; most: number }>(
          `SELECT count(*)::int AS used, current_setting('max_connections')::int AS most
           FROM pg_stat_activity WHERE backend_type = 'client backend'`,
        );
        const [found] = rows;
        if (found === undefined) return;
        this.set(found.used);
        max.set(found.most);
      } catch {
        // Readiness tells of a database that does not answer.
      }
    },
  });
}

export interface TransactionOptions {
  readonly isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readonly readOnly?: boolean;
  /** Tries in all when the transaction loses a race (40001, 40P01). 1 unless told: `fn` must then be safe to run again. */
  readonly maxAttempts?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Runs `fn` in one transaction: commits its result, rolls back when it throws (and throws that error). A connection whose
 * state is unknown afterwards is thrown away.
 */
export async function withTransaction<T>(
  pool: Pool,
  fn: (client: PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const policy = {
    maxAttempts: options.maxAttempts ?? 1,
    initialMs: 5,
    maxMs: 100,
    shouldRetry: (error: unknown) => {
      const failure = classifyPgError(error)?.failure;
      return failure === 'serialization' || failure === 'deadlock';
    },
  };
  return await retry(policy, () => transactOnce(pool, fn, options), {
    clock: options.clock ?? systemClock,
    signal: options.signal,
  });
}

async function transactOnce<T>(
  pool: Pool,
  fn: (client: PoolClient) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  // While checked out, a broken connection reports here; the running query fails too, which is where it is handled.
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  try {
    await client.query(begin(options));
    const result = await fn(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    try {
      await client.query('ROLLBACK');
    } catch {
      broken = true;
    }
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

function begin({ isolation, readOnly }: TransactionOptions): string {
  return ['BEGIN', isolation && `ISOLATION LEVEL ${isolation}`, readOnly && 'READ ONLY'].filter(Boolean).join(' ');
}

/**
 * Opens every connection of the pool now and runs one statement on each, all at the same time. Returns how many it opened:
 * fewer is fine, the pool opens the others when they are needed. None is told to `log` and to whoever asks whether this
 * program is ready; a program that ended for it would come back later than Postgres does.
 */
export async function warm(pool: Pool, log: Logger): Promise<number> {
  const results = await Promise.allSettled(
    Array.from({ length: pool.options.max }, async () => {
      const client = await pool.connect();
      return {
        client,
        answered: await client.query('SELECT 1').then(
          () => true,
          () => false,
        ),
      };
    }),
  );
  const opened = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  // Only now: a connection that came back sooner would be lent again instead of another one being opened.
  for (const { client, answered } of opened) client.release(!answered);
  const failed = results.find((result) => result.status === 'rejected');
  if (opened.length === 0 && failed) log.warn({ err: failed.reason }, 'Postgres gave no connection yet; not ready');
  return opened.length;
}

/** For `readiness.probe('postgres', () => ping(pool))`. */
export async function ping(pool: Pool): Promise<void> {
  await pool.query('SELECT 1');
}

/** The only row of a result; undefined when there is none. Throws when there are more, because then the query is wrong. */
export function oneRow<R extends pg.QueryResultRow>(result: pg.QueryResult<R>): R | undefined {
  if (result.rows.length > 1) throw new Error(`expected at most one row, got ${result.rows.length}`);
  return result.rows[0];
}
