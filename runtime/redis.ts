import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { deadlineExceeded, type ServiceError, unavailable } from './errors.ts';
import type { Logger } from './log.ts';

export type { Redis } from 'ioredis';

export interface RedisConnectionOptions {
  /** `host:port` */
  readonly address: string;
  readonly tls?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly log: Logger;
  readonly connectionName?: string;
  /** Longest wait for one answer, 2 s unless told; `null` for connections that subscribe or block. */
  readonly commandTimeoutMs?: number | null;
  /** The address is one node of a Redis Cluster; the others are found from it. All keys of one command must share a slot. */
  readonly cluster?: boolean | undefined;
  /** Gathers commands of one event loop turn into one write: for hot paths with many callers at once. */
  readonly autoPipelining?: boolean;
}

/**
 * One connection that reconnects for ever and fails commands soon: while Redis is away a command waits for at most one
 * reconnect. Commands in flight when the connection breaks are **not** sent again (they may have run): their callers
 * decide. RESP3 with RESP2 reply shapes (flat arrays), ioredis 6's default.
 */
export function createRedis(options: RedisConnectionOptions): Redis {
  const { host, port } = splitAddress(options.address);
  const timeout = options.commandTimeoutMs === undefined ? 2_000 : options.commandTimeoutMs;
  const connection = {
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls ? { tls: { servername: host, ...(options.ca === undefined ? {} : { ca: options.ca }) } } : {}),
    ...(options.connectionName === undefined ? {} : { connectionName: options.connectionName }),
    ...(timeout === null ? {} : { commandTimeout: timeout }),
    connectTimeout: 3_000,
    // 0: a break rejects what is in flight at once. (With autoResendUnfulfilledCommands off alone, such commands hang.)
    maxRetriesPerRequest: timeout === null ? null : 0,
    autoResendUnfulfilledCommands: timeout === null,
  };
  const enableAutoPipelining = options.autoPipelining ?? false;
  const retryDelay = (times: number) => Math.min(2_000, 50 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2);
  if (options.cluster) {
    const cluster = new Cluster([{ host, port }], {
      redisOptions: connection,
      enableAutoPipelining,
      clusterRetryStrategy: retryDelay,
      // A slot that moves or fails over is looked up again a few times within the patience of one command.
      maxRedirections: 8,
      retryDelayOnFailover: 200,
      retryDelayOnClusterDown: 200,
    });
    // What a Cluster can do beyond commands is not used here; its commands are those of Redis.
    return reporting(cluster as unknown as Redis, options);
  }
  const redis = new Redis({
    host,
    port,
    ...connection,
    enableAutoPipelining,
    retryStrategy: retryDelay,
    // After a failover the old primary answers READONLY: reconnecting finds the new one. This command fails.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  return reporting(redis, options);
}

function reporting(redis: Redis, options: RedisConnectionOptions): Redis {
  let reported = false;
  redis.on('error', (error) => {
    // One line per outage; ioredis emits one event per attempt.
    if (!reported) options.log.warn({ err: error, address: options.address }, 'redis connection failed, trying again');
    reported = true;
  });
  redis.on('ready', () => {
    if (reported) options.log.info({ address: options.address }, 'redis connection is back');
    reported = false;
  });
  return redis;
}

/** A further connection to the same server for SUBSCRIBE, which waits for ever and subscribes again after a break. */
export function createSubscriber(redis: Redis): Redis {
  const connection: unknown = redis;
  if (connection instanceof Cluster) return connection.duplicate() as unknown as Redis;
  return redis.duplicate({
    commandTimeout: undefined,
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: true,
    autoResubscribe: true,
  });
}

export interface LuaScript {
  readonly name: string;
  readonly source: string;
  readonly sha1: string;
  readonly keyCount: number;
  /** It takes any number of keys above `keyCount`, too. */
  readonly moreKeys: boolean;
}

/**
 * Reads a `.lua` file. Its leading comment must have a line `-- KEYS: <n>` with their names after it, for instance
 * `-- KEYS: 3 waitroom, gate, session`; `runScript` refuses another number of keys. `<n>+` takes more of them.
 */
export function loadScript(path: string): LuaScript {
  return defineScript(basename(path, '.lua'), readFileSync(path, 'utf8'));
}

export function defineScript(name: string, source: string): LuaScript {
  const header = source.split('\n').filter((line) => line.startsWith('--'));
  const declared = header.map((line) => /^--+\s*KEYS:\s*(\d+)(\+?)/i.exec(line)).find((found) => found !== null);
  if (declared === undefined)
    throw new Error(`script ${name} does not declare its keys: add a comment line "-- KEYS: <n> <names>"`);
  const [, count, more] = declared;
  const sha1 = createHash('sha1').update(source).digest('hex');
  return { name, source, sha1, keyCount: Number(count), moreKeys: more === '+' };
}

/** EVALSHA, and EVAL when the server does not have the script (first use, restart, failover). Returns the raw reply. */
export async function runScript(
  redis: Redis,
  script: LuaScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  if (keys.length !== script.keyCount && !(script.moreKeys && keys.length > script.keyCount)) {
    throw new Error(
      `script ${script.name} takes ${script.keyCount} keys${script.moreKeys ? ' or more' : ''}, not ${keys.length}`,
    );
  }
  try {
    return await redis.evalsha(script.sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return await redis.eval(script.source, keys.length, ...keys, ...args);
  }
}

/** The server's clock, ms since the epoch: what shared instants are judged by. */
export async function redisTimeMs(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

/** For `readiness.probe('redis', () => pingRedis(redis))`. */
export async function pingRedis(redis: Redis): Promise<void> {
  await redis.ping();
}

/** For `mapError` of the gRPC server: what a Redis failure means to a caller; undefined when the error is none. */
export function redisServiceError(error: unknown): ServiceError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message === 'Command timed out')
    return deadlineExceeded('REDIS_SLOW', 'Redis took too long', { cause: error });
  const code = 'code' in error ? String(error.code) : '';
  const gone =
    error.name === 'MaxRetriesPerRequestError' ||
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(code) ||
    /^(Connection is closed|LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)/.test(error.message);
  return gone ? unavailable('REDIS_UNAVAILABLE', 'Redis cannot be reached', { cause: error }) : undefined;
}

function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:rediss?:\/\/)?(.+):(\d+)$/.exec(address);
  if (!match?.[1]) throw new Error(`redis address "${address}" is not host:port`);
  return { host: match[1], port: Number(match[2]) };
}
