import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { GATE_FIELD, redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { silentLogger } from '#runtime/log.ts';
import { commitment } from '#runtime/permutation.ts';
import { type Redis, redisTimeMs } from '#runtime/redis.ts';
import { Naps } from '#services/waitroom/naps.ts';
import { goneNumbersKey } from '#services/waitroom/room-keys.ts';
import { type RoomRunnerDeps, runRoom } from '#services/waitroom/room-runner.ts';
import { loadScripts, type ScriptName, scriptRunner } from '#services/waitroom/room-scripts.ts';
import { RoomStore } from '#services/waitroom/room-store.ts';
import type { Tick } from '#services/waitroom/tick.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
export const SCRIPT_FOLDER = join(ROOT, 'services', 'waitroom', 'redis');

export interface GateOptions {
  readonly eventId?: string;
  /** Ms from now by Redis time. */
  readonly preQueueIn?: number;
  readonly opensIn?: number;
  readonly closesIn?: number;
  readonly perMinute?: number;
  readonly burst?: number;
  readonly slots?: number;
  readonly maxQueue?: number;
  readonly checkoutTtlMs?: number;
  readonly claimWindowMs?: number;
  readonly idleTimeoutMs?: number;
  readonly voidMargin?: number;
  readonly ordering?: 'ShuffleThenFIFO' | 'FIFO';
  readonly seed?: Buffer;
}

export interface ArmedGate {
  readonly eventId: string;
  readonly opensAtMs: number;
  readonly seed: string;
  readonly commitment: string;
}

/** Writes the gate as the operator does. */
export async function arm(redis: Redis, options: GateOptions = {}): Promise<ArmedGate> {
  const eventId = options.eventId ?? newId();
  const now = await redisTimeMs(redis);
  const seed = options.seed ?? randomBytes(32);
  const opensAtMs = now + (options.opensIn ?? 0);
  await redis.hset(redisKey.gate(eventId), {
    [GATE_FIELD.preQueueAtMs]: now + (options.preQueueIn ?? -1000),
    [GATE_FIELD.opensAtMs]: opensAtMs,
    [GATE_FIELD.closesAtMs]: now + (options.closesIn ?? 3_600_000),
    [GATE_FIELD.admissionsPerMinute]: options.perMinute ?? 6_000_000,
    [GATE_FIELD.burst]: options.burst ?? 1_000_000,
    [GATE_FIELD.maxConcurrentCheckouts]: options.slots ?? 1_000_000,
    ...(options.maxQueue === undefined ? {} : { [GATE_FIELD.maxQueueLength]: options.maxQueue }),
    [GATE_FIELD.checkoutTtlMs]: options.checkoutTtlMs ?? 600_000,
    [GATE_FIELD.claimWindowMs]: options.claimWindowMs ?? 120_000,
    ...(options.idleTimeoutMs === undefined ? {} : { [GATE_FIELD.idleTimeoutMs]: options.idleTimeoutMs }),
    ...(options.voidMargin === undefined ? {} : { [GATE_FIELD.voidMargin]: options.voidMargin }),
    [GATE_FIELD.ordering]: options.ordering ?? 'ShuffleThenFIFO',
    [GATE_FIELD.seed]: seed.toString('hex'),
    [GATE_FIELD.seedCommitment]: commitment(seed),
    [GATE_FIELD.generation]: 1,
    [GATE_FIELD.fencingToken]: 1,
  });
  await redis.sadd(redisKey.rooms(), eventId);
  return { eventId, opensAtMs, seed: seed.toString('hex'), commitment: commitment(seed) };
}

/** `edit` takes a guard out of a script, for negative controls. */
export function roomStore(redis: Redis, edit?: (name: ScriptName, text: string) => string): RoomStore {
  return new RoomStore(scriptRunner(loadScripts(SCRIPT_FOLDER, edit), redis));
}

/** What a replica of the waitroom does for one room; ticks are kept instead of published. */
export function startRunner(redis: Redis, store: RoomStore, eventId: string) {
  const stop = new AbortController();
  const naps = new Naps(systemClock);
  const ticks: Tick[] = [];
  const deps: RoomRunnerDeps = {
    store,
    clock: systemClock,
    log: silentLogger(),
    replica: newId(),
    goneNumbers: async (id, count) => (await redis.srandmember(goneNumbersKey(id), count)).map(Number),
    publish: async (tick) => void ticks.push(tick),
    onSnapshot: () => {},
    naps,
  };
  const done = runRoom(eventId, deps, stop.signal);
  return {
    ticks,
    naps,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

/** Polls until `check` gives something; throws after `ms`. */
export async function eventually<T>(check: () => Promise<T | undefined | false>, ms = 5_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${ms} ms`);
    await systemClock.sleep(20);
  }
}
