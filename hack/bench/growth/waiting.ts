import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisKey } from '#proto/names.ts';
import { median } from '../statistics.ts';
import { fillRoom } from '../waitroom/crowd.ts';
import { openRoom, type WaitroomBench } from '../waitroom/room.ts';
import { tickCost } from '../waitroom/ticks.ts';
import type { Point } from './exponent.ts';

const PER_MINUTE = 600;
const JOINS = 300;

export interface FilledRoom {
  readonly eventId: string;
  readonly size: number;
}

export async function filledRooms(bench: WaitroomBench, sizes: readonly number[]): Promise<FilledRoom[]> {
  const rooms: FilledRoom[] = [];
  for (const size of sizes) {
    const eventId = await openRoom(bench.redis, { opensInMs: 0, admissionsPerMinute: PER_MINUTE, slots: 1_000_000 });
    await bench.redis.srem(redisKey.rooms(), eventId);
    await fillRoom(bench, eventId, size);
    rooms.push({ eventId, size });
  }
  return rooms;
}

/** Redis time of one run of the room, in µs: only this room is run meanwhile. */
export async function tickCosts(bench: WaitroomBench, rooms: readonly FilledRoom[]): Promise<Point[]> {
  const points: Point[] = [];
  for (const { eventId, size } of rooms) {
    await bench.redis.sadd(redisKey.rooms(), eventId);
    await sleep(1_500);
    points.push({ size, cost: (await tickCost(bench, eventId, 2_000)).microseconds });
    await bench.redis.srem(redisKey.rooms(), eventId);
    await sleep(1_200);
  }
  return points;
}

/** Redis time of one join, in µs. */
export async function joinCosts({ redis, join }: WaitroomBench, rooms: readonly FilledRoom[]): Promise<Point[]> {
  const points: Point[] = [];
  for (const { eventId, size } of rooms) {
    await redis.config('SET', 'slowlog-max-len', '10000');
    await redis.config('SET', 'slowlog-log-slower-than', '0');
    await redis.slowlog('RESET');
    for (let n = 0; n < JOINS; n++) await join({ eventId, userId: randomUUID() });
    const entries = (await redis.slowlog('GET', -1)) as unknown as [unknown, unknown, usec: number, args: string[]][];
    await redis.config('SET', 'slowlog-log-slower-than', '-1');
    const scripts = entries.filter(([, , , args]) => args[0]?.toLowerCase() === 'evalsha').map(([, , usec]) => usec);
    points.push({ size, cost: median(scripts) });
  }
  return points;
}
