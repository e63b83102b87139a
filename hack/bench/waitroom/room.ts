import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type {
  WaitroomServiceDefinition,
  WaitroomServiceHandlers,
} from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import { GATE_FIELD, redisKey } from '#proto/names.ts';
import { type ClientLifetime, createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import type { BenchContext } from '../benchmark.ts';
import { type RunningProgram, startService } from '../load/program.ts';
import { type UnaryCall, unaryClient } from '../load/unary-client.ts';

export const WAITROOM_PROTO = 'ticketbottle/waitroom/v1/waitroom.proto';
export const WAITROOM_SERVICE = 'ticketbottle.waitroom.v1.WaitroomService';
export type WaitroomClient = ClientOf<WaitroomServiceDefinition, WaitroomServiceHandlers> & ClientLifetime;

export interface WaitroomBench extends AsyncDisposable {
  readonly redis: Redis;
  readonly redisAddress: string;
  readonly service: RunningProgram & { readonly address: string };
  readonly client: WaitroomClient;
  /** Join on a bare client: the path that is measured. */
  readonly join: UnaryCall;
  readonly versions: Readonly<Record<string, string>>;
}

/** One replica of the waitroom on a Redis of its own. */
export async function openWaitroom(context: BenchContext): Promise<WaitroomBench> {
  await using stack = new AsyncDisposableStack();
  const { root, log } = context;
  const backing = stack.use(await startBacking({ which: ['redis'], signal: context.signal }));
  const redis = createRedis({ address: backing.redis.address, log, commandTimeoutMs: null });
  stack.defer(() => redis.disconnect());
  const { privateJwk } = await generateKeyPairJwk();
  const env = { REDIS_ADDRESS: backing.redis.address, ADMISSION_PRIVATE_JWK: JSON.stringify(privateJwk) };
  const service = stack.use(await startService(root, 'waitroom', env, context.nodeArgs));
  const definition = loadService<WaitroomServiceDefinition>(root, WAITROOM_PROTO, WAITROOM_SERVICE);
  const client = createClient<WaitroomClient>({ address: service.address, definition, log });
  stack.defer(() => client.close());
  const hot = unaryClient(service.address, definition, 'Join');
  stack.defer(() => hot.close());
  const version = /(?:valkey|redis)_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '';
  const owned = stack.move();
  return {
    redis,
    redisAddress: backing.redis.address,
    service,
    client,
    join: hot.call,
    versions: { valkey: version },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export interface GateWish {
  /** Made up unless given. */
  readonly eventId?: string;
  readonly opensInMs: number;
  readonly admissionsPerMinute: number;
  readonly slots: number;
}

/** Writes a gate as the operator does; the room is taken up within a second. Returns the event id. */
export async function openRoom(redis: Redis, wish: GateWish): Promise<string> {
  const eventId = wish.eventId ?? randomUUID();
  const seed = randomBytes(32);
  const now = Date.now();
  await redis.hset(redisKey.gate(eventId), {
    [GATE_FIELD.preQueueAtMs]: now - 1000,
    [GATE_FIELD.opensAtMs]: now + wish.opensInMs,
    [GATE_FIELD.closesAtMs]: now + 24 * 3_600_000,
    [GATE_FIELD.admissionsPerMinute]: wish.admissionsPerMinute,
    [GATE_FIELD.burst]: 10,
    [GATE_FIELD.maxConcurrentCheckouts]: wish.slots,
    [GATE_FIELD.checkoutTtlMs]: 600_000,
    [GATE_FIELD.claimWindowMs]: 600_000,
    [GATE_FIELD.ordering]: 'ShuffleThenFIFO',
    [GATE_FIELD.seed]: seed.toString('hex'),
    [GATE_FIELD.seedCommitment]: createHash('sha256').update(seed).digest('hex'),
    [GATE_FIELD.generation]: 1,
    [GATE_FIELD.fencingToken]: 1,
  });
  await redis.sadd(redisKey.rooms(), eventId);
  return eventId;
}

/** Lets a room go, so that it costs the next round nothing. */
export async function closeRoom(redis: Redis, eventId: string): Promise<void> {
  await redis.srem(redisKey.rooms(), eventId);
  await redis.del(redisKey.gate(eventId));
}

export async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
