import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redisKey } from '#proto/names.ts';
import { newId } from '#runtime/ids.ts';
import type { Redis } from '#runtime/redis.ts';

const PIPELINE = 1_000;

/**
 * Fills a room by running the waitroom's own join script, a thousand per round trip: a million joins through gRPC would take
 * minutes. What lies in Redis afterwards is what a million buyers would have left there.
 */
export async function fillRoom(redis: Redis, root: string, eventId: string, buyers: number): Promise<void> {
  const folder = join(root, 'services', 'waitroom', 'redis');
  const source = ['prelude', 'join'].map((name) => readFileSync(join(folder, `${name}.lua`), 'utf8')).join('\n');
  const sha = String(await redis.script('LOAD', source));
  const room = redisKey.waitroom(eventId);
  const keys = [
    redisKey.gate(eventId),
    `${room}:room`,
    room,
    ...['active', 'batches', 'unclaimed', 'gone', 'gone-numbers', 'admissions'].map((name) => `${room}:${name}`),
  ];
  for (let done = 0; done < buyers; done += PIPELINE) {
    const pipeline = redis.pipeline();
    for (let i = done; i < Math.min(buyers, done + PIPELINE); i++) {
      const user = newId();
      pipeline.evalsha(sha, 10, ...keys, redisKey.session(eventId, user), user, newId(), 0, 0);
    }
    for (const [error, reply] of (await pipeline.exec()) ?? []) {
      if (error) throw error;
      if (!Array.isArray(reply) || reply[0] !== 'OK') throw new Error(`the room refused a buyer: ${String(reply)}`);
    }
  }
  const waiting = await redis.zcard(room);
  if (waiting !== buyers)
    throw new Error(`${waiting} are waiting, not ${buyers}: the room keeps its people elsewhere by now`);
}
