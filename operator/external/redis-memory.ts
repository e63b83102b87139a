import type { Redis } from '#runtime/redis.ts';

/** How full a Redis is, as INFO tells (managed servers refuse CONFIG). */
export interface RedisMemory {
  readonly usedBytes: number;
  /** Where writes begin to fail: maxmemory, or the machine's memory where there is no limit. 0: not told. */
  readonly limitBytes: number;
  readonly limited: boolean;
  readonly evicts: boolean;
  readonly role: string;
}

export async function readRedisMemory(redis: Redis): Promise<RedisMemory> {
  const facts = new Map<string, string>();
  for (const section of ['memory', 'replication']) {
    for (const line of (await redis.info(section)).split(/\r?\n/)) {
      const colon = line.indexOf(':');
      if (colon > 0) facts.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }
  const number = (name: string) => Number(facts.get(name) ?? 0);
  const maximum = number('maxmemory');
  return {
    usedBytes: number('used_memory'),
    limitBytes: maximum > 0 ? maximum : number('total_system_memory'),
    limited: maximum > 0,
    evicts: maximum > 0 && facts.get('maxmemory_policy') !== 'noeviction',
    role: facts.get('role') ?? '',
  };
}
