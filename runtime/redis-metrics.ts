import { gauge, type Registry } from './metrics.ts';
import type { Redis } from './redis.ts';

/** What the server says of itself, asked when scraped; the answer stays as it was while it cannot be asked. */
export function watchRedis(redis: Redis, registry: Registry): void {
  const operations = gauge(registry, 'redis_server_operations_per_second', 'Commands that the server runs now');
  const used = gauge(registry, 'redis_server_memory_used_bytes', 'Memory that data takes');
  const most = gauge(registry, 'redis_server_memory_max_bytes', 'Memory that data may take');
  const clients = gauge(registry, 'redis_server_clients', 'Connections to the server');
  const replicas = gauge(registry, 'redis_server_replicas', 'Replicas that follow');
  const lag = gauge(registry, 'redis_server_replica_lag_bytes', 'How far the slowest replica is behind');
  const evicted = gauge(registry, 'redis_server_evicted_keys', 'Keys dropped since the server started');
  (operations as { collect?: () => Promise<void> }).collect = async () => {
    if (redis.status !== 'ready') return;
    try {
      const figures = redisFigures(await redis.info());
      operations.set(figures.operationsPerSecond);
      used.set(figures.usedBytes);
      most.set(figures.maxBytes);
      clients.set(figures.clients);
      replicas.set(figures.replicas);
      lag.set(figures.replicaLagBytes);
      evicted.set(figures.evictedKeys);
    } catch {
      // Readiness tells of a Redis that does not answer.
    }
  };
}

/** The figures of an INFO answer. Pure. */
export function redisFigures(info: string) {
  const facts = new Map(info.split(/\r?\n/).map((line) => line.split(/:(.*)/s).slice(0, 2) as [string, string]));
  const number = (name: string) => Number(facts.get(name) ?? 0);
  const offset = number('master_repl_offset');
  const behind = [...facts].flatMap(([name, value]) => {
    if (!/^slave\d+$/.test(name)) return [];
    return [offset - Number(/offset=(\d+)/.exec(value)?.[1] ?? offset)];
  });
  return {
    operationsPerSecond: number('instantaneous_ops_per_sec'),
    usedBytes: number('used_memory'),
    // Without a limit of its own the machine is the limit.
    maxBytes: number('maxmemory') || number('total_system_memory'),
    clients: number('connected_clients'),
    replicas: number('connected_slaves'),
    replicaLagBytes: Math.max(0, ...behind),
    evictedKeys: number('evicted_keys'),
  };
}
