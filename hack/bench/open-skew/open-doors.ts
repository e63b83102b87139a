/**
 * What a CronJob that opens the doors would run in its container.
 *
 *   node open-doors.ts REDIS_ADDRESS EVENT_ID...
 */
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { openDoors } from './rooms.ts';

const [address = '', ...eventIds] = process.argv.slice(2);
const redis = createRedis({ address, log: silentLogger() });
await openDoors(redis, eventIds);
redis.disconnect();
