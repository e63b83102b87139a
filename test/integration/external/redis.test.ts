import assert from 'node:assert/strict';
import { createRedisCheck } from '#operator/external/redis.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { differences } from './converging.ts';

describe('Redis check on a real server', () => {
  let backing: Backing<'redis'>;
  const needs = { minVersion: '7.2' };

  before(async function () {
    this.timeout(180_000);
    backing = await startBacking({ which: ['redis'] });
  });
  after(() => backing?.stop());

  const check = () => createRedisCheck({ address: backing.redis.address, log: silentLogger() });

  it('finds a server that can hold a queue', async () => {
    assert.deepEqual(await differences(check(), needs), []);
    const observed = await check().observe(needs, AbortSignal.timeout(5_000));
    assert.match(observed.version, /^\d+\.\d+\.\d+$/);
    assert.ok(observed.pingMs < 1_000);
  });

  it('warns of a server that would drop places when memory is short', async () => {
    const redis = createRedis({ address: backing.redis.address, log: silentLogger() });
    await redis.config('SET', 'maxmemory', '100mb');
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const found = await differences(check(), needs);
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', /allkeys-lru.*set it to noeviction/);
  });

  it('throws when nobody answers', async () => {
    const nobody = createRedisCheck({ address: '127.0.0.1:1', log: silentLogger() });
    await assert.rejects(nobody.observe(needs, AbortSignal.timeout(5_000)));
  });
});
