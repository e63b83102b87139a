import { createRedis, type RedisConnectionOptions } from '#runtime/redis.ts';
import type { Adapter, Change } from './adapter.ts';

export type RedisAccess = Omit<RedisConnectionOptions, 'connectionName' | 'commandTimeoutMs' | 'autoPipelining'>;

/** What the waiting room needs of its server. */
export interface RedisNeeds {
  /** Oldest version of the command set, such as `7.2`. */
  readonly minVersion: string;
  /** In a standby region it follows another. */
  readonly mayFollow?: boolean;
}

export interface ObservedRedis {
  /** Version of the command set; forks tell the one that they are compatible with. */
  readonly version: string;
  readonly role: string;
  /** Bytes; 0: no limit, and then nothing is ever evicted. */
  readonly maxMemory: number;
  readonly maxMemoryPolicy: string;
  /** Writes are kept in a file that survives the process. */
  readonly appendOnly: boolean;
  /** Replicas that follow now. */
  readonly replicas: number;
  /** Of a server in cluster mode: its state, and over how many shards keys are spread. */
  readonly cluster: { readonly state: string; readonly shards: number } | undefined;
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
        const cluster = facts.get('cluster_enabled') === '1' ? parseInfo(await redis.cluster('INFO')) : undefined;
        const started = performance.now();
        await redis.ping();
        return {
          version: facts.get('redis_version') ?? '',
          role: facts.get('role') ?? '',
          maxMemory: Number(facts.get('maxmemory') ?? 0),
          maxMemoryPolicy: facts.get('maxmemory_policy') ?? '',
          appendOnly: facts.get('aof_enabled') === '1',
          replicas: Number(facts.get('connected_slaves') ?? 0),
          cluster:
            cluster === undefined
              ? undefined
              : { state: cluster.get('cluster_state') ?? '', shards: Number(cluster.get('cluster_size') ?? 0) },
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
  if (observed.role !== 'master' && needs.mayFollow !== true)
    reasons.push(`it is a ${observed.role}: let spec.redis.address name the primary endpoint`);
  if (observed.maxMemory > 0 && !KEEPS_KEYS.has(observed.maxMemoryPolicy))
    reasons.push(
      `maxmemory-policy ${observed.maxMemoryPolicy} drops places in the queue when memory is short: set it to noeviction`,
    );
  if (observed.cluster !== undefined && observed.cluster.state !== 'ok')
    reasons.push(`its cluster state is ${observed.cluster.state}: give every slot an owner that answers`);
  if (observed.cluster !== undefined && observed.cluster.shards > 1)
    reasons.push(
      `its keys are spread over ${observed.cluster.shards} shards and services use one connection: use one shard, or cluster mode disabled`,
    );
  return reasons.map((reason) => ({ target: 'redis', action: 'wait', reason }));
}

/** What works and may still cost places in the queue one day: for people, not a reason to refuse the server. */
export function redisWarnings(observed: ObservedRedis): string[] {
  const warnings: string[] = [];
  if (!observed.appendOnly && observed.replicas === 0)
    warnings.push(
      'appendonly is off and there is no replica: places in the queue are lost when the server dies. Set appendonly yes, or add a replica',
    );
  if (observed.maxMemory === 0 && !KEEPS_KEYS.has(observed.maxMemoryPolicy))
    warnings.push(
      `maxmemory-policy ${observed.maxMemoryPolicy} would drop places in the queue once maxmemory is set: set it to noeviction`,
    );
  return warnings;
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

export function parseInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon <= 0 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}
