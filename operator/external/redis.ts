import { createRedis, type RedisConnectionOptions } from '#runtime/redis.ts';
import type { Adapter, Change } from './adapter.ts';

export type RedisAccess = Omit<RedisConnectionOptions, 'connectionName' | 'commandTimeoutMs' | 'autoPipelining'>;

/** What the waiting room needs of its server. */
export interface RedisNeeds {
  /** Oldest version of the command set, such as `7.2`. */
  readonly minVersion: string;
}

export interface ObservedRedis {
  /** Version of the command set; forks tell the one that they are compatible with. */
  readonly version: string;
  readonly role: string;
  /** Bytes; 0: no limit, and then nothing is ever evicted. */
  readonly maxMemory: number;
  readonly maxMemoryPolicy: string;
  /** Answer time of a PING. */
  readonly pingMs: number;
}

/**
 * The operator creates nothing in a Redis: it looks whether this one can hold a queue. Each change is something that
 * somebody must do. Throws when the server cannot be reached.
 */
export function createRedisCheck(access: RedisAccess): Adapter<RedisNeeds, ObservedRedis> {
  return {
    async observe(_needs, signal) {
      signal.throwIfAborted();
      const redis = createRedis({ ...access, connectionName: 'ticketbottle-operator-check' });
      try {
        // INFO, because managed servers refuse CONFIG GET.
        const facts = parseInfo(await redis.info());
        const started = performance.now();
        await redis.ping();
        return {
          version: facts.get('redis_version') ?? '',
          role: facts.get('role') ?? '',
          maxMemory: Number(facts.get('maxmemory') ?? 0),
          maxMemoryPolicy: facts.get('maxmemory_policy') ?? '',
          pingMs: performance.now() - started,
        };
      } finally {
        redis.disconnect();
      }
    },
    diff: diffRedis,
    async apply() {},
    async remove() {},
  };
}

export function diffRedis(needs: RedisNeeds, observed: ObservedRedis): Change[] {
  const reasons: string[] = [];
  if (isOlder(observed.version, needs.minVersion))
    reasons.push(`version ${observed.version} is older than ${needs.minVersion}: upgrade the server`);
  if (observed.role !== 'master')
    reasons.push(`it is a ${observed.role}: let spec.redis.address name the primary endpoint`);
  if (observed.maxMemory > 0 && !KEEPS_KEYS.has(observed.maxMemoryPolicy))
    reasons.push(
      `maxmemory-policy ${observed.maxMemoryPolicy} drops places in the queue when memory is short: set it to noeviction`,
    );
  return reasons.map((reason) => ({ target: 'redis', action: 'wait', reason }));
}

/** Keys of a waiting room carry a time to live, so volatile-* would drop them just as allkeys-* does. */
const KEEPS_KEYS: ReadonlySet<string> = new Set(['noeviction']);

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let at = 0; at < (b?.length ?? 0); at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function parseInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon <= 0 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}
