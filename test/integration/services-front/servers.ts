import { silentLogger } from '#runtime/log.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';

export function connectRedis(): Redis {
  return createRedis({
    address: process.env['FRONT_REDIS'] ?? '127.0.0.1:27379',
    log: silentLogger(),
    autoPipelining: true,
  });
}
