import { randomUUID } from 'node:crypto';
import { GATE_FIELD, redisKey } from '#proto/names.ts';
import type { Redis } from '#runtime/redis.ts';
import { fromTimestamp } from '#runtime/timestamp.ts';
import { openRoom, type WaitroomBench } from '../waitroom/room.ts';

/** Who waits at each door. */
const BUYERS = 5;
const WISH = { admissionsPerMinute: 6_000, slots: 100 };

export interface Room {
  readonly eventId: string;
  /** The announced instant, Unix ms. */
  readonly opensAtMs: number;
}

export async function joinAll({ join }: WaitroomBench, rooms: readonly Room[]): Promise<void> {
  for (const { eventId } of rooms)
    await Promise.all(Array.from({ length: BUYERS }, () => join({ eventId, userId: randomUUID() })));
}

/** A room whose doors nobody has armed: it is shut until an opener comes by. */
export async function shutRoom(redis: Redis, opensAtMs: number): Promise<Room> {
  const eventId = await openRoom(redis, { ...WISH, opensInMs: opensAtMs - Date.now() });
  await redis.hset(redisKey.gate(eventId), { [GATE_FIELD.opensAtMs]: String(Date.now() + 86_000_000) });
  return { eventId, opensAtMs };
}

/** What an opener does once its time has come: the doors are opened now. */
export async function openDoors(redis: Redis, eventIds: readonly string[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const eventId of eventIds) {
    pipeline.hset(redisKey.gate(eventId), { [GATE_FIELD.opensAtMs]: String(Date.now()) });
    pipeline.hincrby(redisKey.gate(eventId), GATE_FIELD.generation, 1);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/** Ms from the announced instant of each room to its first admission, by the clock of Redis. Throws when one let nobody in. */
export async function skewsOf({ client, redis }: WaitroomBench, rooms: readonly Room[]): Promise<number[]> {
  const skews: number[] = [];
  for (const { eventId, opensAtMs } of rooms) {
    const room = await client.getRoom({ eventId });
    const first = fromTimestamp(room.firstAdmissionTime ?? null, 'first_admission_time');
    if (first === undefined)
      throw new Error(
        `room ${eventId} let nobody in: ${room.tick?.state}, ${room.waiting} wait, ${JSON.stringify(await redis.hgetall(redisKey.gate(eventId)))}`,
      );
    if (first < opensAtMs) throw new Error(`room ${eventId} opened ${opensAtMs - first} ms early`);
    skews.push(first - opensAtMs);
  }
  return skews;
}
