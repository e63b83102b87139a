import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import {
  createRedis,
  createSubscriber,
  defineScript,
  loadScript,
  pingRedis,
  type Redis,
  redisServiceError,
  redisTimeMs,
  runScript,
} from '#runtime/redis.ts';

describe('Redis', function () {
  this.timeout(120_000);
  let backing: Backing<'redis'>;
  let redis: Redis;
  const log = silentLogger();
  before(async () => {
    backing = await startBacking({ which: ['redis'] });
    redis = createRedis({ address: backing.redis.address, log });
    await pingRedis(redis);
  });
  after(async () => {
    redis?.disconnect();
    await backing?.stop();
  });

  it('keeps the reply shapes that scripts and callers count on', async () => {
    await redis.hset('h', { a: '1', b: '2' });
    assert.deepEqual(await redis.hgetall('h'), { a: '1', b: '2' });
    await redis.zadd('z', 1.5, 'm');
    assert.deepEqual(await redis.zrange('z', '0', '-1', 'WITHSCORES'), ['m', '1.5']);
    assert.equal(await redis.get('missing'), null);
  });

  it('reads a script with its header and runs it, also after the server forgot it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lua-'));
    const path = join(dir, 'join.lua');
    writeFileSync(
      path,
      `-- Gives an account its number in a room, once.\n-- KEYS: 2 room, counter\n-- ARGV: account\nlocal n = redis.call('ZSCORE', KEYS[1], ARGV[1])\nif n then return tonumber(n) end\nn = redis.call('INCR', KEYS[2])\nredis.call('ZADD', KEYS[1], n, ARGV[1])\nreturn n`,
    );
    const script = loadScript(path);
    rmSync(dir, { recursive: true });
    assert.equal(script.name, 'join');
    const join_ = (account: string) => runScript(redis, script, ['room', 'counter'], [account]);
    assert.equal(await join_('a'), 1);
    assert.equal(await join_('b'), 2);
    await redis.script('FLUSH');
    assert.equal(await join_('a'), 1);
    await assert.rejects(runScript(redis, script, ['room'], ['a']), /takes 2 keys, not 1/);
  });

  it('gives a script that asks for them more keys, never fewer', async () => {
    const script = defineScript('many', '-- KEYS: 1+ names\nreturn #KEYS');
    assert.equal(await runScript(redis, script, ['a', 'b', 'c'], []), 3);
    await assert.rejects(runScript(redis, script, [], []), /takes 1 keys or more, not 0/);
  });

  it('refuses a script that does not declare its keys', () => {
    assert.throws(() => defineScript('x', 'return 1'), /-- KEYS: <n>/);
  });

  it('passes on what a script says went wrong', async () => {
    const script = defineScript('fails', `-- KEYS: 0\nreturn redis.error_reply('STALE fencing token')`);
    await assert.rejects(runScript(redis, script, [], []), /STALE fencing token/);
  });

  it('knows the time of the server', async () => {
    const here = Date.now();
    const there = await redisTimeMs(redis);
    assert.ok(Math.abs(there - here) < 1000, `${there - here} ms apart`);
  });

  it('hears what is published', async () => {
    const subscriber = createSubscriber(redis);
    const heard = new Promise((resolve) => subscriber.on('message', (channel, text) => resolve([channel, text])));
    await subscriber.subscribe('position:{e1}');
    await redis.publish('position:{e1}', 'tick');
    assert.deepEqual(await heard, ['position:{e1}', 'tick']);
    subscriber.disconnect();
  });

  it('fails soon and by name while Redis does not answer, and works again afterwards', async () => {
    const impatient = createRedis({ address: backing.redis.address, log, commandTimeoutMs: 100 });
    await pingRedis(impatient);
    await redis.call('CLIENT', 'PAUSE', '400', 'ALL');
    await assert.rejects(impatient.get('h2'), (error) => redisServiceError(error)?.reason === 'REDIS_SLOW');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(await impatient.get('h2'), null);
    impatient.disconnect();
  });

  it('does not repeat by itself a command whose connection broke', async () => {
    const other = createRedis({ address: backing.redis.address, log, connectionName: 'victim' });
    await pingRedis(other);
    await redis.call('CLIENT', 'PAUSE', '300', 'WRITE');
    const lost = assert.rejects(other.incr('once'), (error) => redisServiceError(error)?.code === 'UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await redis.call(
      'CLIENT',
      'KILL',
      'ID',
      String(/id=(\d+) [^\n]*name=victim/.exec(String(await redis.call('CLIENT', 'LIST')))?.[1]),
    );
    await lost;
    await new Promise((resolve) => setTimeout(resolve, 400));
    // The server never ran it (paused, then killed), so any value here would be a repetition of ours.
    assert.equal(await other.get('once'), null);
    other.disconnect();
  });

  it('says unavailable when nobody listens', async () => {
    const nowhere = createRedis({ address: '127.0.0.1:1', log });
    await assert.rejects(pingRedis(nowhere), (error) => redisServiceError(error)?.reason === 'REDIS_UNAVAILABLE');
    nowhere.disconnect();
  });
});
