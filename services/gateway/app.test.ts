import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Redis } from 'ioredis';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import { type Access, createAccess } from './access.ts';
import { buildApp } from './app.ts';
import type { Clients } from './clients.ts';
import { SharedRate } from './shared-rate.ts';
import { TickStreams } from './tick-streams.ts';

const PER_ACCOUNT = 5;

/** What every request goes through before its route; no service is asked. */
describe('the way of a request', () => {
  let app: FastifyInstance;
  let access: Access;
  let redis: Redis;
  before(async function () {
    this.timeout(60_000);
    redis = new Redis({ lazyConnect: true });
    const pair = await generateKeyPairJwk();
    const jwks = jwksOf(pair.publicJwk);
    const [clock, log, clients] = [systemClock, silentLogger(), {} as Clients];
    access = await createAccess({ privateJwk: pair.privateJwk, jwks, ttlMs: 600_000, clock });
    app = await buildApp({
      ...{ clients, access, redis, clock, log, metrics: createMetrics('gateway') },
      revocations: { revoke: async () => {} },
      rates: new SharedRate({ redis, clock, log }),
      streams: new TickStreams({ waitroom: clients.waitroom, clock, log, maxStreams: 10 }),
      readTicketFile: async () => undefined,
      pagesFolder: join(import.meta.dirname, 'pages'),
      options: {
        ...{ version: 'test', publicUrl: undefined, trustProxy: undefined, corsOrigins: [], accessJwks: jwks },
        ...{ ticketJwks: { keys: [] }, signinFailuresPerIp: 1_000, ratePerIp: 1e6, ratePerAccount: PER_ACCOUNT },
        ...{ rateAuthPerIp: 1e6, rateSigninPerEmail: 1e6, paymentProviders: [] },
      },
    });
  });
  after(async () => {
    await app.close();
    redis.disconnect();
  });

  async function aDoorkeeper(): Promise<string> {
    return (await access.issue({ userId: newId(), roles: ['door'], sessionId: newId() })).accessToken;
  }
  const scan = (token: string, payload: string, type = 'application/json') =>
    app.inject({
      ...{ method: 'POST', url: '/api/v1/door/scan', payload },
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
    });
  const body = { eventId: newId(), gate: 'A', qr: 'TB1.x', direction: 'in', nonce: 'nonce-0001' };
  const genuine = JSON.stringify({ ...body, scannedAt: '2027-01-10T03:00:00Z' });

  it('refuses what is no JSON by its own word, and takes no prototypes', async () => {
    const token = await aDoorkeeper();
    const broken = await scan(token, '{"eventId":');
    assert.deepEqual([broken.statusCode, broken.json().code], [400, 'INVALID_JSON']);
    const empty = await scan(token, '');
    assert.deepEqual([empty.statusCode, empty.json().code], [400, 'INVALID_REQUEST']);
    const odd = await scan(token, genuine.replace('{', '{"__proto__":{"gate":"B"},'));
    assert.equal(odd.statusCode, 200, odd.body);
    const form = await scan(token, 'a=b', 'application/x-www-form-urlencoded');
    assert.deepEqual([form.statusCode, form.json().code], [415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('counts an account and says when it may come again', async () => {
    const token = await aDoorkeeper();
    for (let n = 0; n < PER_ACCOUNT; n++) assert.equal((await scan(token, genuine)).statusCode, 200);
    const refused = await scan(token, genuine);
    assert.deepEqual([refused.statusCode, refused.json().code], [429, 'RATE_LIMITED']);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 60, String(wait));
    assert.equal((await scan(await aDoorkeeper(), genuine)).statusCode, 200, 'another account');
  });

  it('answers with the headers of every answer, errors and pages too', async () => {
    const answers = [
      await scan(await aDoorkeeper(), genuine),
      await scan('no.such.token', genuine),
      await app.inject('/signin'),
      await app.inject('/nowhere'),
    ];
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [200, 401, 200, 404],
    );
    for (const [i, { headers }] of answers.entries()) {
      const policy = i < 2 ? /^default-src 'none'; frame-ancestors 'none'$/ : /script-src 'self'/;
      assert.match(String(headers['content-security-policy']), policy);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
    }
  });

  it('serves the door’s worker under a name that stays, for the door alone', async () => {
    const { statusCode, headers, body: text } = await app.inject('/door/worker.js');
    assert.equal(statusCode, 200);
    assert.equal(headers['service-worker-allowed'], '/door');
    assert.equal(headers['cache-control'], 'no-cache');
    assert.match(String(headers['content-type']), /^text\/javascript/);
    assert.match(text, /addEventListener\('install'/);
  });

  it('shows the try-it page with what it needs to run', async () => {
    const { statusCode, headers } = await app.inject('/api/docs/');
    assert.equal(statusCode, 200);
    assert.match(String(headers['content-security-policy']), /script-src/);
  });
});
