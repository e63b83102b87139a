import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { Redis } from 'ioredis';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import { createAccess } from './access.ts';
import { buildApp } from './app.ts';
import type { Clients } from './clients.ts';
import { SharedRate } from './shared-rate.ts';
import { TickStreams } from './tick-streams.ts';

const ROLES = ['buyer', 'organiser', 'door', 'admin'] as const;
type Role = (typeof ROLES)[number];

/**
 * Who may call a route. `anyone`: no sign-in. `foreign`: what the route answers when the services behind it, by a bug of theirs,
 * hand out the object of another account. `own`: it is about the caller and names no object that could be somebody else's.
 */
interface Rule {
  readonly who: 'anyone' | 'account' | readonly Role[];
  readonly foreign: 404 | 'own' | 'shared';
}

const PUBLIC: Rule = { who: 'anyone', foreign: 'shared' };
const OWN: Rule = { who: 'account', foreign: 'own' };
const ORGANISER: Rule = { who: ['organiser', 'admin'], foreign: 404 };

/** Every route of the API stands here; one that does not fails the test. */
const RULES: Readonly<Record<string, Rule>> = {
  'POST /auth/signup': PUBLIC,
  'POST /auth/signin': PUBLIC,
  'POST /auth/refresh': PUBLIC,
  'POST /auth/password-reset': PUBLIC,
  'POST /auth/password-reset/confirm': PUBLIC,
  'POST /auth/signout': OWN,
  'POST /auth/signout-all': OWN,
  'POST /auth/password': OWN,
  'GET /me': OWN,
  'GET /me/sessions': OWN,
  'DELETE /me/sessions/:id': { who: 'account', foreign: 404 },
  'GET /admin/users': { who: ['admin'], foreign: 'shared' },
  'PUT /admin/users/:id/roles': { who: ['admin'], foreign: 'shared' },
  'GET /events': PUBLIC,
  'GET /events/:id': PUBLIC,
  'GET /events/:id/ticket-classes': PUBLIC,
  'POST /events/:id/cancel': { who: ['admin'], foreign: 'shared' },
  'GET /events/:id/waitroom/tick': PUBLIC,
  'POST /events/:id/waitroom/join': OWN,
  'GET /events/:id/waitroom/stream': OWN,
  'POST /events/:id/waitroom/claim': OWN,
  'POST /events/:id/waitroom/leave': OWN,
  'GET /events/:id/admissions': { who: ['organiser', 'admin'], foreign: 404 },
  'POST /orders': { who: 'account', foreign: 404 },
  'GET /orders': OWN,
  'GET /orders/:id': { who: 'account', foreign: 404 },
  'POST /orders/:id/cancel': { who: 'account', foreign: 404 },
  'POST /orders/:id/refund': { who: ['admin'], foreign: 'shared' },
  'GET /orders/:id/tickets.pdf': { who: 'account', foreign: 404 },
  'GET /orders/:id/tickets/:ticketId/qr.svg': { who: 'account', foreign: 404 },
  'POST /organiser/sales': ORGANISER,
  'GET /organiser/sales': { who: ['organiser', 'admin'], foreign: 'own' },
  'GET /organiser/sales/:name': ORGANISER,
  'PUT /organiser/sales/:name': ORGANISER,
  'POST /organiser/sales/:name/pause': ORGANISER,
  'POST /organiser/sales/:name/resume': ORGANISER,
  'POST /organiser/sales/:name/close': ORGANISER,
  'POST /organiser/sales/:name/extend': ORGANISER,
  'POST /organiser/sales/:name/cancel-event': ORGANISER,
  'GET /organiser/sales/:name/figures': ORGANISER,
  'GET /organiser/sales/:name/figures/history': ORGANISER,
  'GET /organiser/sales/:name/figures/stream': ORGANISER,
  'GET /organiser/sales/:name/orders.csv': ORGANISER,
  'GET /door/keys': PUBLIC,
  'POST /door/scan': { who: ['door', 'admin'], foreign: 'shared' },
  'POST /door/scans': { who: ['door', 'admin'], foreign: 'shared' },
};

const id = newId();
const password = 'a long password';
const time = '2027-01-10T03:00:00Z';
const scan = { qr: 'TB1.x.y.z', direction: 'in', nonce: 'nonce-0001', scannedAt: time };
const content = {
  eventName: 'Show',
  venue: { name: 'Hall' },
  startTime: time,
  classes: [{ name: 'GA', quantity: 1, price: { amountMinor: 1, currency: 'VND' } }],
  openTime: time,
  closeTime: time,
};
const BODIES: Readonly<Record<string, object>> = {
  '/auth/signup': { email: 'a@example.com', password, fullName: 'A' },
  '/auth/signin': { email: 'a@example.com', password },
  '/auth/refresh': { refreshToken: 'x'.repeat(43) },
  '/auth/password': { currentPassword: password, newPassword: password },
  '/auth/password-reset': { email: 'a@example.com' },
  '/auth/password-reset/confirm': { token: 'x'.repeat(43), newPassword: password },
  '/admin/users/:id/roles': { roles: ['buyer'] },
  '/orders': {
    eventId: id,
    lines: [{ ticketClassId: id, quantity: 1 }],
    provider: 'zalopay',
    admissionToken: 'x'.repeat(40),
  },
  '/organiser/sales': content,
  '/organiser/sales/:name': content,
  '/organiser/sales/:name/extend': { closeTime: time },
  '/door/scan': { ...scan, eventId: id, gate: 'A' },
  '/door/scans': { eventId: id, gate: 'A', scans: [{ ...scan, opened: false }] },
};

/** Services that never look at the owner: everything they have belongs to somebody else. */
function carelessClients(): Clients {
  const someone = newId();
  const user = { id: someone, email: 'b@example.com', fullName: 'B', roles: ['ROLE_BUYER'], createTime: null };
  const order = {
    ...{ id, code: 'TB1', eventId: id, userId: someone, email: 'b@example.com', fullName: 'SECRET', lines: [] },
    ...{ total: null, state: 'ORDER_STATE_PAID', failureReason: '', provider: 'PROVIDER_ZALOPAY', paymentUrl: '' },
    ...{ holdExpireTime: null, createTime: null, updateTime: null, rehearsal: false, language: 'vi' },
    tickets: [{ id, ticketClassId: id, className: 'GA', qrPayload: 'SECRET' }],
  };
  const at = { seconds: '1800000000', nanos: 0 };
  const sale = {
    ...{ name: 'show', organiserId: someone, phase: 'Open', message: 'SECRET', eventId: id, approvedBy: 'x' },
    ...{ paused: false, pauseMessage: '', readOnly: false, soldCount: '1', totalCount: '1', waitingCount: '0' },
    ...{ admittedCount: '0', etag: '1', createTime: at },
    content: {
      ...{ eventName: 'SECRET', description: '', venue: { name: 'x' }, startTime: at, classes: [], preQueueTime: null },
      ...{ openTime: at, closeTime: at, timeZone: 'UTC', expectedBuyers: 0, peakJoinsPerSecond: 0 },
    },
  };
  const answer = { user, order, orders: [order], sale, sales: [sale], nextPageToken: '', revoked: false };
  const more = { sessionId: id, sessionIds: [], sessions: [], refreshToken: 'x', classes: [], events: [], event: null };
  const rest = { tick: null, number: '1', place: '1', epoch: '1', admissions: [], soldOut: false, readTime: null };
  const claimed = { admissionToken: 'x', expireTime: at, email: 'b@example.com', outcome: 'SCAN_OUTCOME_NOT_VALID' };
  const client = new Proxy(
    {},
    { get: () => async () => ({ ...answer, ...more, ...rest, ...claimed, previous: null }) },
  );
  const names = ['users', 'events', 'eventCommands', 'sales', 'inventory', 'orders', 'waitroom'];
  return Object.fromEntries(names.map((name) => [name, client])) as never;
}

describe('who may do what', () => {
  const routes: { readonly method: string; readonly path: string }[] = [];
  let app: FastifyInstance;
  let redis: Redis;
  const tokens = new Map<Role, string>();
  before(async function () {
    this.timeout(60_000);
    redis = new Redis({ lazyConnect: true });
    const pair = await generateKeyPairJwk();
    const jwks = jwksOf(pair.publicJwk);
    const clock = systemClock;
    const access = await createAccess({ privateJwk: pair.privateJwk, jwks, ttlMs: 600_000, clock });
    for (const role of ROLES) {
      const issued = await access.issue({ userId: newId(), roles: [role], sessionId: newId() });
      tokens.set(role, issued.accessToken);
    }
    const clients = carelessClients();
    app = await buildApp({
      ...{ clients, access, redis, clock, log: silentLogger(), metrics: createMetrics('gateway') },
      revocations: { revoke: async () => {} },
      rates: new SharedRate({ redis, clock, log: silentLogger() }),
      streams: new TickStreams({ waitroom: clients.waitroom, clock, log: silentLogger(), maxStreams: 10 }),
      readTicketFile: async () => undefined,
      pagesFolder: join(import.meta.dirname, 'pages'),
      onRoute: (route: RouteOptions) => {
        for (const method of [route.method].flat()) {
          if (route.url.startsWith('/api/v1') && method !== 'HEAD' && method !== 'OPTIONS')
            routes.push({ method, path: route.url.slice('/api/v1'.length) });
        }
      },
      options: {
        ...{ version: 'test', publicUrl: undefined, trustProxy: undefined, corsOrigins: [], accessJwks: jwks },
        ...{ ticketJwks: { keys: [] }, signinFailuresPerIp: 1_000, ratePerIp: 1e6, ratePerAccount: 1e6 },
        ...{ rateAuthPerIp: 1e6, rateSigninPerEmail: 1e6, paymentProviders: [] },
      },
    });
  });
  after(async () => {
    await app.close();
    redis.disconnect();
  });

  async function ask({ method, path }: { method: string; path: string }, role: Role | undefined) {
    const url = `/api/v1${path.replace(':ticketId', id).replace(':id', id).replace(':name', 'show')}`;
    const body = method === 'GET' ? undefined : BODIES[path];
    return await app.inject({
      method: method as 'GET',
      url: path === '/admin/users' ? `${url}?email=b@example.com` : url,
      headers: role === undefined ? {} : { authorization: `Bearer ${tokens.get(role)}` },
      ...(body === undefined ? {} : { payload: body }),
    });
  }
  /** A stream is asked for by its refusals only: what it does when let in stands in the tests of streams. */
  const streams = (path: string) => path === '/events/:id/waitroom/stream';

  it('is written down for every route, and for no other', () => {
    const known = routes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...new Set(known)].sort(), Object.keys(RULES).sort());
  });

  it('holds for every route and role', async function () {
    this.timeout(60_000);
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const { who } = RULES[name] as Rule;
      const anonymous = await ask(route, undefined);
      assert.equal(anonymous.statusCode === 401, who !== 'anyone', `${name}, not signed in: ${anonymous.body}`);
      for (const role of ROLES) {
        const allowed = who === 'anyone' || who === 'account' || who.includes(role);
        if (allowed && streams(route.path)) continue;
        const answer = await ask(route, role);
        assert.equal(answer.statusCode === 403, !allowed, `${name} as ${role}: ${answer.statusCode} ${answer.body}`);
        if (!allowed) assert.equal(answer.json().code, 'ROLE_REQUIRED', name);
        assert.notEqual(
          answer.statusCode,
          400,
          `${name} as ${role} is not a request this test can judge: ${answer.body}`,
        );
        if (role !== 'admin') assert.ok(!answer.body.includes('SECRET'), `${name} as ${role} shows another account's`);
      }
    }
  });

  it('says 404 for what belongs to another account, also when a service hands it out', async () => {
    let judged = 0;
    for (const route of routes) {
      const { who, foreign } = RULES[`${route.method} ${route.path}`] as Rule;
      if (foreign !== 404) continue;
      const role = who === 'account' || who === 'anyone' ? 'buyer' : who[0];
      const answer = await ask(route, role);
      assert.equal(answer.statusCode, 404, `${route.method} ${route.path}: ${answer.statusCode} ${answer.body}`);
      judged++;
    }
    assert.ok(judged >= 15);
  });
});
