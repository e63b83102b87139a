import { redisKey } from '#proto/names.ts';

/** The eleven keys every script takes first, in the order of redis/prelude.lua. One hash tag: one slot of a Redis Cluster. */
export function roomKeys(eventId: string): readonly string[] {
  const room = redisKey.waitroom(eventId);
  return [
    redisKey.gate(eventId),
    `${room}:room`,
    room,
    `${room}:active`,
    `${room}:batches`,
    `${room}:unclaimed`,
    `${room}:gone`,
    goneNumbersKey(eventId),
    admissionsKey(eventId),
    `${room}:seen`,
    bypassKey(eventId),
  ];
}

/** SET of numbers given back before the draw. */
export const goneNumbersKey = (eventId: string) => `${redisKey.waitroom(eventId)}:gone-numbers`;
/** STREAM of claims, oldest first. */
export const admissionsKey = (eventId: string) => `${redisKey.waitroom(eventId)}:admissions`;
/** SET of accounts that may check out past the queue. */
export const bypassKey = (eventId: string) => `${redisKey.waitroom(eventId)}:bypass`;
/** STRING that lives for one tick interval, held by the replica that said the tick. */
export const tickLockKey = (eventId: string) => `${redisKey.waitroom(eventId)}:ticker`;
