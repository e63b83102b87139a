import { redisKey } from '#proto/names.ts';
import type { Redis } from '#runtime/redis.ts';
import type { WaitroomBench } from './room.ts';

const CHUNK = 1_000;

/**
 * Copies what the join of one real buyer left in Redis, with other names and numbers. (Keys are built in the script: fine on
 * the single server of a benchmark.)
 */
const COPY = `
local room, waiting, prefix, model = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local fields = redis.call('HGETALL', prefix .. model)
local expires = redis.call('PEXPIRETIME', prefix .. model)
for i = 3, #ARGV do
  local number = redis.call('HINCRBY', room, 'issued', 1)
  for f = 1, #fields, 2 do
    if fields[f] == 'number' then fields[f + 1] = number end
    if fields[f] == 'id' then fields[f + 1] = ARGV[i] end
  end
  redis.call('HSET', prefix .. ARGV[i], unpack(fields))
  redis.call('PEXPIREAT', prefix .. ARGV[i], expires)
  redis.call('ZADD', waiting, number, ARGV[i])
end`;

/**
 * Fills a room in which one buyer joined through the service: a million joins through gRPC would take minutes. The room that
 * the service sees afterwards is the one that so many buyers would have made; `getRoom` must agree.
 */
export async function fillRoom({ redis, client }: WaitroomBench, eventId: string, buyers: number): Promise<void> {
  const model = crypto.randomUUID();
  await client.join({ eventId, userId: model });
  const waiting = redisKey.waitroom(eventId);
  for (let done = 1; done < buyers; done += CHUNK) await copy(redis, eventId, model, Math.min(CHUNK, buyers - done));
  const room = await client.getRoom({ eventId });
  if (
    Number(room.waiting) !== buyers ||
    Number(room.tick?.issued) !== buyers ||
    (await redis.zcard(waiting)) !== buyers
  ) {
    throw new Error(`${room.waiting} are waiting, not ${buyers}`);
  }
}

async function copy(redis: Redis, eventId: string, model: string, count: number): Promise<void> {
  const waiting = redisKey.waitroom(eventId);
  const users = Array.from({ length: count }, () => crypto.randomUUID());
  await redis.eval(COPY, 2, `${waiting}:room`, waiting, redisKey.session(eventId, ''), model, ...users);
}
