import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { createRedisCheck, redisWarnings } from '#operator/external/redis.ts';
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

  it('warns while nothing survives the server, and no longer once appendonly is on', async () => {
    const redis = createRedis({ address: backing.redis.address, log: silentLogger() });
    const warnings = async () => redisWarnings(await check().observe(needs, AbortSignal.timeout(5_000)));
    await redis.config('SET', 'appendonly', 'no');
    assert.match((await warnings()).join(), /appendonly is off.*Set appendonly yes/);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    assert.match((await warnings()).join(), /maxmemory-policy allkeys-lru would drop places/);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'appendonly', 'yes');
    assert.deepEqual(await warnings(), []);
    redis.disconnect();
  });

  it('looks into a server in cluster mode: every slot must have an owner', async function () {
    this.timeout(90_000);
    const redis = createRedis({ address: backing.redis.address, log: silentLogger() });
    const program = /executable:(.+)/.exec(await redis.info('server'))?.[1]?.trim() ?? '';
    redis.disconnect();
    const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-redis-cluster-'));
    const [port, busPort] = [await freePort(), await freePort()];
    const args = ['--port', String(port), '--cluster-enabled', 'yes', '--dir', dir, '--save', ''];
    const child = spawn(program, [...args, '--cluster-port', String(busPort)], { stdio: 'ignore' });
    try {
      const address = `127.0.0.1:${port}`;
      const clustered = createRedisCheck({ address, log: silentLogger() });
      const node = createRedis({ address, log: silentLogger() });
      for (let tries = 0; (await node.ping().catch(() => '')) !== 'PONG'; tries++) {
        assert.ok(child.exitCode === null && tries < 600, 'the server did not come up');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.match((await differences(clustered, needs)).join(), /its cluster state is fail: give every slot an owner/);
      await node.cluster('ADDSLOTSRANGE', 0, 16_383);
      for (let tries = 0; tries < 100 && (await differences(clustered, needs)).length > 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual(await differences(clustered, needs), []);
      const observed = await clustered.observe(needs, AbortSignal.timeout(5_000));
      assert.deepEqual(observed.cluster, { state: 'ok', shards: 1 });
      node.disconnect();
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('goes through TLS with the authority it was given, and no further without it', async function () {
    this.timeout(30_000);
    const { key, cert } = selfSigned();
    const { host, port } = backing.redis;
    const front = createTlsServer({ key, cert }, (socket) => {
      const behind = connect(port, host);
      socket.pipe(behind).pipe(socket);
      for (const one of [socket, behind]) one.on('error', () => {});
    });
    front.on('tlsClientError', () => {});
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const bound = front.address();
    const address = `localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
    try {
      const secure = createRedisCheck({ address, tls: true, ca: cert, log: silentLogger() });
      assert.deepEqual(await differences(secure, needs), []);
      const stranger = createRedisCheck({ address, tls: true, log: silentLogger() });
      await assert.rejects(stranger.observe(needs, AbortSignal.timeout(5_000)));
      const plain = createRedisCheck({ address, log: silentLogger() });
      await assert.rejects(plain.observe(needs, AbortSignal.timeout(5_000)));
    } finally {
      front.close();
    }
  });

  it('throws when nobody answers', async () => {
    const nobody = createRedisCheck({ address: '127.0.0.1:1', log: silentLogger() });
    await assert.rejects(nobody.observe(needs, AbortSignal.timeout(5_000)));
  });
});

/** A certificate for localhost, made by openssl as people make them. */
function selfSigned(): { key: string; cert: string } {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const more = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', '-', '-out', '-'];
  const text = execFileSync('openssl', [...args, ...more], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [, key = ''] = /(-----BEGIN PRIVATE KEY[\s\S]*?-----END PRIVATE KEY-----)/.exec(text) ?? [];
  const [, cert = ''] = /(-----BEGIN CERTIFICATE[\s\S]*?-----END CERTIFICATE-----)/.exec(text) ?? [];
  return { key, cert };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
