import assert from 'node:assert/strict';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import { redisKey } from '#proto/names.ts';
import { createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { newId } from '#runtime/ids.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { place } from '#runtime/permutation.ts';
import { loadService } from '#runtime/proto-loader.ts';
import type { Redis } from '#runtime/redis.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import { arm } from './room-on-redis.ts';
import { connectRedis, freePort, migratedDatabase, ROOT, type ServiceProcess, startService } from './servers.ts';
import { openStream, type SseEvent } from './sse-reader.ts';

type EventCommands = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>;

interface Session {
  readonly user: { readonly id: string; readonly email: string; readonly roles: string[] };
  readonly accessToken: string;
  readonly refreshToken: string;
}

describe('gateway, user, event and waitroom as real processes', () => {
  const stack = new AsyncDisposableStack();
  let base: string;
  let redis: Redis;
  let gateway: ServiceProcess;
  let waitroom: ServiceProcess;
  let waitroomEnv: Record<string, string>;
  let commands: EventCommands;

  before(async function () {
    this.timeout(240_000);
    const backing = stack.use(await startBacking({ which: ['postgres', 'redis'] }));
    redis = connectRedis(backing.redis.address);
    stack.defer(() => redis.disconnect());
    const [admission, access] = await Promise.all([generateKeyPairJwk(), generateKeyPairJwk()]);
    const ports = await Promise.all(Array.from({ length: 10 }, freePort));
    const port = (index: number) => String(ports[index]);
    const at = (index: number) => `127.0.0.1:${ports[index]}`;
    const databases = await Promise.all([
      migratedDatabase(backing.postgres.url, 'user'),
      migratedDatabase(backing.postgres.url, 'event'),
    ]);
    waitroomEnv = {
      GRPC_PORT: port(2),
      REDIS_ADDRESS: backing.redis.address,
      ADMISSION_PRIVATE_JWK: JSON.stringify(admission.privateJwk),
    };
    // Each is put on the stack as soon as it runs, so that one that fails to start leaves none of the others behind.
    const start = async (...args: Parameters<typeof startService>) => stack.use(await startService(...args));
    const starting = [
      start('user', { GRPC_PORT: port(0), DATABASE_URL: databases[0] }, ports[5] ?? 0),
      start('event', { GRPC_PORT: port(1), DATABASE_URL: databases[1] }, ports[6] ?? 0),
      start('waitroom', waitroomEnv, ports[7] ?? 0),
      start(
        'gateway',
        {
          HTTP_PORT: port(3),
          USER_ADDR: at(0),
          EVENT_ADDR: at(1),
          WAITROOM_ADDR: at(2),
          // Nothing listens there: these tests do not order, and see what a buyer sees while a service is away.
          INVENTORY_ADDR: at(4),
          ORDER_ADDR: at(4),
          REDIS_ADDRESS: backing.redis.address,
          ACCESS_PRIVATE_JWK: JSON.stringify(access.privateJwk),
          ACCESS_JWKS: JSON.stringify(jwksOf(access.publicJwk)),
          RATE_LIMIT_SIGNIN_PER_EMAIL: '5',
          RATE_LIMIT_PER_ACCOUNT: '300',
          WAITROOM_HEARTBEAT: '1s',
        },
        ports[8] ?? 0,
      ),
    ] as const;
    await Promise.allSettled(starting);
    [, , waitroom, gateway] = await Promise.all(starting);
    base = `http://127.0.0.1:${port(3)}`;
    const definition = loadService(
      ROOT,
      'ticketbottle/event/v1/event.proto',
      'ticketbottle.event.v1.EventCommandService',
    );
    commands = stack.use(createClient<EventCommands>({ address: at(1), definition, log: silentLogger() }));
  });
  after(function () {
    this.timeout(60_000);
    return stack.disposeAsync();
  });

  async function call(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: object } = {},
  ) {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  const password = 'một mật khẩu';
  let accounts = 0;
  async function signUp(): Promise<Session> {
    const body = { email: `buyer${++accounts}@example.com`, password, fullName: `Buyer ${accounts}` };
    const { status, body: session } = await call('POST', '/auth/signup', { body });
    assert.equal(status, 201, JSON.stringify(session));
    return session as Session;
  }

  it('signs up, in, refreshes once per token, and out', async () => {
    const session = await signUp();
    const me = await call('GET', '/me', { token: session.accessToken });
    assert.equal(me.status, 200);
    assert.equal(me.body.email, session.user.email);
    assert.deepEqual(me.body.roles, ['buyer']);
    const { refreshToken } = session;
    const refreshed = await call('POST', '/auth/refresh', { body: { refreshToken } });
    assert.equal(refreshed.status, 200);
    assert.notEqual(refreshed.body.refreshToken, refreshToken);
    const again = await call('POST', '/auth/refresh', { body: { refreshToken } });
    assert.equal(again.status, 401);
    assert.equal(again.body.code, 'TOKEN_REUSED');
    const body = { email: session.user.email.toUpperCase(), password };
    const fresh = await call('POST', '/auth/signin', { body });
    assert.equal(fresh.status, 200);
    assert.equal((await call('POST', '/auth/signout', { token: fresh.body.accessToken })).status, 204);
    const after = await call('POST', '/auth/refresh', { body: { refreshToken: fresh.body.refreshToken } });
    assert.equal(after.status, 401);
  });

  it('answers every failure as a problem with a request id', async () => {
    const { accessToken } = await signUp();
    const cases: [Promise<Awaited<ReturnType<typeof call>>>, number, string][] = [
      [call('GET', '/nowhere'), 404, 'NO_SUCH_ROUTE'],
      [call('GET', '/me'), 401, 'TOKEN_MISSING'],
      [call('GET', '/me', { token: `${accessToken.slice(0, -4)}AAAA` }), 401, 'TOKEN_INVALID'],
      [call('POST', '/auth/signup', { body: { email: 'x' } }), 400, 'INVALID_REQUEST'],
      [
        call('POST', '/auth/signup', { body: { email: 'a@b.c', password, fullName: 'A', roles: ['admin'] } }),
        400,
        'INVALID_REQUEST',
      ],
      [call('POST', '/auth/signin', { body: { email: 'nobody@example.com', password } }), 401, 'BAD_CREDENTIALS'],
      [call('GET', `/events/${newId()}`), 404, 'EVENT_NOT_FOUND'],
      [call('GET', '/events/not-a-uuid'), 400, 'INVALID_REQUEST'],
      [call('POST', `/events/${newId()}/waitroom/join`, { token: accessToken }), 409, 'ROOM_CLOSED'],
      [call('POST', `/events/${newId()}/waitroom/claim`, { token: accessToken, body: {} }), 409, 'NOT_JOINED'],
      [call('GET', `/events/${newId()}/admissions`, { token: accessToken }), 403, 'ROLE_REQUIRED'],
      [call('GET', `/orders/${newId()}`, { token: accessToken }), 503, 'UNAVAILABLE'],
    ];
    for (const [answer, status, code] of cases) {
      const { body, headers, ...rest } = await answer;
      assert.equal(rest.status, status, JSON.stringify(body));
      assert.equal(body.code, code);
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(body.requestId, headers.get('x-request-id'));
      for (const field of ['type', 'title', 'detail']) assert.equal(typeof body[field], 'string', field);
    }
    const own = await call('GET', '/nowhere', { headers: { 'x-request-id': 'mine-1' } });
    assert.equal(own.body.requestId, 'mine-1');
  });

  it('slows down guessing of one password', async () => {
    const { user } = await signUp();
    const body = { email: user.email, password: 'wrong guess' };
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await call('POST', '/auth/signin', { body }));
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [401, 401, 401, 401, 401, 429, 429],
    );
    const last = answers.at(-1);
    assert.equal(last?.body.code, 'RATE_LIMITED');
    assert.ok(Number(last?.headers.get('retry-after')) > 0);
  });

  it('shows published events only', async () => {
    const id = newId();
    await commands.upsertEvent({
      requestId: '',
      event: {
        id,
        name: 'Concert',
        venue: { name: 'Hall', address: '', city: 'Hà Nội', country: 'VN' },
        startTime: toTimestamp(Date.UTC(2027, 1, 1)),
        ticketTypes: [{ name: 'GA', price: { amountMinor: '500000', currency: 'VND' }, maxPerOrder: 4 }],
        sale: { openTime: toTimestamp(1_800_000_000_000), closeTime: toTimestamp(1_800_000_360_000), timeZone: 'UTC' },
      },
    });
    assert.equal((await call('GET', `/events/${id}`)).status, 404);
    await commands.approveEvent({ eventId: id });
    await commands.publishEvent({ eventId: id });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const shown = await call('GET', `/events/${id}`);
    assert.equal(shown.status, 200, JSON.stringify(shown.body));
    assert.deepEqual(shown.body.ticketTypes[0].price, { amountMinor: 500000, currency: 'VND' });
    assert.equal(shown.body.sale.openTime, '2027-01-15T08:00:00.000Z');
    assert.ok((await call('GET', '/events')).body.events.some((event: { id: string }) => event.id === id));
  });

  it('describes itself in OpenAPI 3.1 and serves pages', async () => {
    const document = (await (await fetch(`${base}/api/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    assert.match(document.openapi, /^3\.1/);
    for (const path of ['/auth/signup', '/events/{id}/waitroom/join', '/orders/{id}/tickets.pdf']) {
      assert.ok(document.paths[`/api/v1${path}`], path);
    }
    assert.ok(!JSON.stringify(document).includes('def-'), 'schemas are called by their names');
    for (const path of ['/', '/api/docs']) {
      const response = await fetch(base + path);
      assert.equal(response.status, 200, path);
      assert.ok(response.headers.get('content-security-policy'), path);
      await response.text();
    }
  });

  it('leads buyers from the queue to their admission token, by server-sent events', async function () {
    this.timeout(60_000);
    const buyers = await Promise.all(Array.from({ length: 6 }, signUp));
    const gate = await arm(redis, { opensIn: 2_500, slots: 3, perMinute: 60_000, burst: 1_000 });
    const room = `/events/${gate.eventId}/waitroom`;
    const numbers = new Map<string, number>();
    for (const { user, accessToken } of buyers) {
      const joined = await call('POST', `${room}/join`, { token: accessToken, body: {} });
      assert.equal(joined.status, 200, JSON.stringify(joined.body));
      assert.equal(joined.body.place, undefined);
      assert.equal(joined.body.tick.seedCommitment, gate.commitment);
      numbers.set(user.id, joined.body.number);
      const again = await call('POST', `${room}/join`, { token: accessToken });
      assert.equal(again.body.number, joined.body.number);
      const early = await call('POST', `${room}/claim`, { token: accessToken });
      assert.equal(early.body.code, 'NOT_ADMITTED_YET');
    }
    const streams = await Promise.all(
      buyers.map(({ accessToken }, i) =>
        i % 2 === 0
          ? openStream(`${base}/api/v1${room}/stream`, { authorization: `Bearer ${accessToken}` })
          : openStream(`${base}/api/v1${room}/stream?access_token=${accessToken}`, {}),
      ),
    );
    const claims = await Promise.all(
      buyers.map(async ({ user, accessToken }, i) => {
        const events = streams[i];
        assert.ok(events);
        let place = 0;
        let first: SseEvent | undefined;
        for await (const event of events) {
          first ??= event;
          if (event.event === 'place') place = event.data.place ?? 0;
          if (event.event !== 'tick') continue;
          const tick = event.data;
          if (tick.state === 'PRE_QUEUE') assert.equal(tick.seed, undefined);
          if (tick.state !== 'OPEN' || place === 0 || place > tick.served) continue;
          const claimed = await call('POST', `${room}/claim`, { token: accessToken });
          assert.equal(claimed.status, 200, JSON.stringify(claimed.body));
          // Three slots for six: leaving frees one for the next.
          const left = await call('POST', `${room}/leave`, { token: accessToken });
          assert.equal(left.status, 204);
          assert.equal(first.event, 'place');
          assert.equal(claimed.body.place, place);
          return { userId: user.id, place, claimed: claimed.body };
        }
        throw new Error('the stream ended before the turn came');
      }),
    );
    for (const stream of streams) await stream.return(undefined);
    assert.deepEqual(claims.map((claim) => claim.place).sort(), [1, 2, 3, 4, 5, 6]);
    for (const claim of claims) {
      const number = numbers.get(claim.userId) ?? 0;
      assert.equal(claim.place, place(Buffer.from(gate.seed, 'hex'), number - 1, 6) + 1, 'anyone can check the draw');
    }
    const tick = await call('GET', `${room}/tick`);
    assert.match(tick.headers.get('cache-control') ?? '', /^public, .*s-maxage=1, stale-while-revalidate=2/);
    assert.doesNotMatch(tick.headers.get('vary') ?? '', /authorization|cookie/i);
    assert.equal(tick.body.seed, gate.seed);
    assert.equal(tick.body.served, 6);
  });

  it('watches a room once however many listen, and tells a place without asking anybody', async function () {
    this.timeout(60_000);
    const gate = await arm(redis, { opensIn: 60_000 });
    const buyers = await Promise.all(Array.from({ length: 20 }, signUp));
    const url = `${base}/api/v1/events/${gate.eventId}/waitroom`;
    const streams = await Promise.all(
      buyers.map(async ({ accessToken }) => {
        const headers = { authorization: `Bearer ${accessToken}` };
        await (await fetch(`${url}/join`, { method: 'POST', headers })).text();
        return openStream(`${url}/stream`, headers);
      }),
    );
    const [, subscribers] = (await redis.pubsub('NUMSUB', redisKey.position(gate.eventId))) as [string, number];
    assert.equal(Number(subscribers), 1);
    await redis.hset(redisKey.gate(gate.eventId), { opensAtMs: Date.now() + 300 });
    await Promise.all(
      streams.map(async (stream) => {
        for await (const { event, data } of stream) if (event === 'place' && data.place !== undefined) break;
      }),
    );
  });

  it('keeps streams open while the waitroom restarts, and goes on telling', async function () {
    this.timeout(60_000);
    const gate = await arm(redis, { opensIn: 60_000 });
    const { accessToken } = await signUp();
    const headers = { authorization: `Bearer ${accessToken}` };
    const url = `${base}/api/v1/events/${gate.eventId}/waitroom`;
    await (await fetch(`${url}/join`, { method: 'POST', headers })).text();
    const stream = openStream(`${url}/stream`, headers);
    const events = await stream;
    const nextTick = async () => {
      for await (const { event, data } of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
        if (event === 'tick') return data;
      }
      throw new Error('the stream ended');
    };
    const before = await nextTick();
    assert.equal(await waitroom.stop(), 0, waitroom.output());
    const again = stack.use(await startService('waitroom', waitroomEnv, await freePort()));
    let after = await nextTick();
    while (Date.parse(after.serverTime) < Date.parse(before.serverTime) + 1_500) after = await nextTick();
    assert.equal(after.epoch, before.epoch);
    await events.return(undefined);
    assert.equal(again.child.exitCode, null);
  });

  it('goes on with a stream after a break, and tells who lost the place meanwhile to join again', async () => {
    const gate = await arm(redis, { opensIn: 60_000 });
    const { accessToken } = await signUp();
    const headers = { authorization: `Bearer ${accessToken}` };
    const url = `${base}/api/v1/events/${gate.eventId}/waitroom`;
    await assert.rejects(openStream(`${url}/stream`, headers), /409/, 'who never joined is refused');
    await (await fetch(`${url}/join`, { method: 'POST', headers })).text();
    const first = async (path: string, more: object = {}) => {
      const events = await openStream(url + path, { ...headers, ...more });
      const { value } = await events.next();
      await events.return(undefined);
      return value;
    };
    const place = await first('/stream');
    assert.equal(place?.event, 'place');
    const id = `${place?.data.epoch}-1`;
    assert.equal((await first('/stream', { 'last-event-id': id }))?.event, 'place');
    await (await fetch(`${url}/leave`, { method: 'POST', headers })).text();
    assert.equal((await first('/stream', { 'last-event-id': id }))?.event, 'void');
    assert.equal((await first(`/stream?lastEventId=${id}`))?.event, 'void', 'a new EventSource has no header');
    // An id of somebody else's making is none.
    await assert.rejects(openStream(`${url}/stream`, { ...headers, 'last-event-id': 'x' }), /409/);
  });

  it('tells the waitroom who is still listening, and drains its streams when asked to stop', async function () {
    this.timeout(60_000);
    const gate = await arm(redis, { opensIn: 60_000 });
    const { accessToken, user } = await signUp();
    const headers = { authorization: `Bearer ${accessToken}` };
    const url = `${base}/api/v1/events/${gate.eventId}/waitroom`;
    await (await fetch(`${url}/join`, { method: 'POST', headers })).text();
    const events = await openStream(`${url}/stream`, headers);
    for (let i = 0; ; i++) {
      await events.next();
      if ((await redis.hget(redisKey.session(gate.eventId, user.id), 'seenAtMs')) !== null) break;
      assert.ok(i < 60, 'no heartbeat arrived');
    }
    const stopped = gateway.stop();
    let last = await events.next();
    while (!last.done) last = await events.next();
    assert.equal(await stopped, 0, gateway.output());
  });
});
