import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { readConnectionBudget } from '#operator/external/connection-budget.ts';
import type { PostgresAccess } from '#operator/external/postgres.ts';
import { readRedisMemory } from '#operator/external/redis-memory.ts';
import { SERVICE_DATABASE, type ServiceName } from '#proto/names.ts';
import type { Redis } from '#runtime/redis.ts';
import type { SaleTimes } from '../schedule.ts';
import type { PrescaleLine } from './line.ts';

/** Memory beyond what buyers will need stays free for copies on write and for what others keep there. */
const REDIS_SHARE = 0.8;
/** Of the connections that a server allows, and what a rollout adds while old and new pods stand side by side. */
const CONNECTION_SHARE = 0.8;
const SURGE = 1.25;
const DEFAULT_POOL = 10;

/**
 * Megabytes that must be free before buyers come. Once that was proved, buyers fill just these: asking for all of them beside
 * those who are there already would hold an opening because the crowd came.
 */
export function megabytesToProve(
  forAllBuyers: number,
  { status }: Pick<EventSale, 'status'>,
  { preQueueAt }: Pick<SaleTimes, 'preQueueAt'>,
  nowMs: number,
): number {
  const proved = (status?.phases ?? []).some(({ phase }) => phase === 'Ready');
  return proved && nowMs >= preQueueAt ? 0 : forAllBuyers;
}

/** A waiting room that runs out of memory loses joins, or with a wrong policy places: only looked at, never changed. */
export async function redisLine(redis: Redis, needMegabytes: number): Promise<PrescaleLine> {
  const memory = await readRedisMemory(redis);
  const megabytes = (bytes: number) => Math.floor(bytes / 1e6);
  const free = Math.floor(memory.limitBytes * REDIS_SHARE) - memory.usedBytes;
  // In steps, so that a server at work does not change the line all the time.
  const shown = memory.limitBytes === 0 ? 'limit not told' : `${roughly(megabytes(Math.max(0, free)))} MB free`;
  const want = needMegabytes === 0 ? 'a primary with memory left' : `a primary with ${needMegabytes} MB free`;
  const line = { what: 'redis', want, have: shown };
  if (memory.role !== 'master')
    return { ...line, have: memory.role, ready: false, message: 'let spec.redis.address name the primary endpoint' };
  if (memory.evicts)
    return {
      ...line,
      ready: false,
      message: 'set maxmemory-policy to noeviction: places in the queue may not be dropped',
    };
  if (memory.limitBytes === 0 || free >= needMegabytes * 1e6) return { ...line, ready: true };
  const what = memory.limited ? 'raise maxmemory' : 'give the server a machine with more memory';
  return { ...line, ready: false, message: `${what}, or lower spec.demand.expectedBuyers` };
}

/** Pools of all replicas, a rollout included, against what the server allows: only looked at, never changed. */
export async function connectionsLine(
  platform: TicketBottlePlatform,
  floors: Readonly<Partial<Record<ServiceName, number>>>,
  access: PostgresAccess,
  signal: AbortSignal,
): Promise<PrescaleLine> {
  const need = connectionsNeeded(platform, floors);
  const { usable } = await readConnectionBudget(access, signal);
  const allowed = Math.floor(usable * CONNECTION_SHARE);
  const line = { what: 'postgres', want: `${need} connections`, have: `${allowed} of ${usable} may be used` };
  if (need <= allowed) return { ...line, ready: true };
  const message = 'raise max_connections, put a pooler in front, or lower DATABASE_POOL_SIZE of the services';
  return { ...line, ready: false, message };
}

/** Pool size x replicas of each service with a database, and a quarter more for rollouts. */
export function connectionsNeeded(
  platform: TicketBottlePlatform,
  floors: Readonly<Partial<Record<ServiceName, number>>>,
): number {
  const services = Object.keys(SERVICE_DATABASE) as (keyof typeof SERVICE_DATABASE)[];
  const pools = services.reduce((sum, service) => {
    const { env, replicas } = platform.spec.services[service];
    const configured = Number(env?.find((one) => one.name === 'DATABASE_POOL_SIZE')?.value ?? DEFAULT_POOL);
    return sum + (floors[service] ?? replicas.min) * configured;
  }, 0);
  return Math.ceil(pools * SURGE);
}

/** One digit of a size is all that people need. */
function roughly(value: number): number {
  if (value < 10) return value;
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.floor(value / unit) * unit;
}
