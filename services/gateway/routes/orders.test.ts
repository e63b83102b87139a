import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import type { Order__Output } from '#proto/gen/ticketbottle/order/v1/Order.ts';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { silentLogger } from '#runtime/log.ts';
import type { Redis } from '#runtime/redis.ts';
import { generateKeyPairJwk, importSigningKey, jwksOf, signJwt } from '#runtime/tokens.ts';
import { type Access, createAccess } from '../access.ts';
import type { OrderClient, UserClient } from '../clients.ts';
import { sendProblem } from '../problem.ts';
import type { RateLimits } from '../rate-limits.ts';
import { SHARED, VALIDATION } from '../schemas.ts';
import type { ReadTicketFile } from '../ticket-files.ts';
import { orderRoutes } from './orders.ts';

const ME = newId();

/** An order service that forgets to look at the owner: the gateway must notice by itself. */
function careless(order: Order__Output) {
  const seen: unknown[] = [];
  const answer = async (request: unknown) => {
    seen.push(request);
    return { order, orders: [order], nextPageToken: '' };
  };
  const client = { createOrder: answer, getOrder: answer, listOrders: answer, cancelOrder: answer };
  return { client: client as unknown as OrderClient, seen };
}

const anOrder = (userId: string): Order__Output => ({
  id: newId(),
  code: 'TB-1',
  eventId: newId(),
  userId,
  email: 'buyer@example.com',
  fullName: 'Buyer',
  lines: [
    { ticketClassId: newId(), className: 'GA', quantity: 2, unitPrice: { amountMinor: '500000', currency: 'VND' } },
  ],
  total: { amountMinor: '1000000', currency: 'VND' },
  state: 'ORDER_STATE_PENDING',
  failureReason: '',
  provider: 'PROVIDER_ZALOPAY',
  paymentUrl: 'https://pay.example/1',
  holdExpireTime: { seconds: '1800000000', nanos: 0 },
  tickets: [],
  createTime: { seconds: '1799999400', nanos: 0 },
  updateTime: null,
  rehearsal: false,
  language: 'vi',
});

describe('order routes', () => {
  let access: Access;
  let token: string;
  let admission: (claims: object) => Promise<string>;
  before(async () => {
    const pair = await generateKeyPairJwk();
    const jwks = jwksOf(pair.publicJwk);
    access = await createAccess({ privateJwk: pair.privateJwk, jwks, ttlMs: 60_000, clock: systemClock });
    token = (await access.issue({ userId: ME, roles: ['buyer'], sessionId: 's' })).accessToken;
    const key = await importSigningKey(pair.privateJwk);
    const basics = { key, clock: systemClock, issuer: 'i', audience: 'a', subject: ME, ttlMs: 60_000 };
    admission = (claims) => signJwt({ ...basics, claims: { ...claims } });
  });

  async function appWith(order: Order__Output, readTicketFile?: ReadTicketFile) {
    const app: FastifyInstance = fastify({ ajv: { customOptions: VALIDATION } });
    app.decorateRequest('caller', undefined);
    app.decorateRequest('traceparent', '');
    app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, silentLogger()));
    for (const schema of SHARED) app.addSchema(schema);
    const { client, seen } = careless(order);
    const user = { id: ME, email: 'buyer@example.com', fullName: 'Buyer', roles: [], createTime: null };
    const users = { getUser: async () => ({ user }) } as unknown as UserClient;
    const free = async () => {};
    const perAccount: RateLimits['perAccount'] = (_request, _reply, done) => done();
    const limits = { countIp: () => {}, perAccount, authPerIp: free, signinPerEmail: free };
    const redis = { status: 'end' } as unknown as Redis;
    orderRoutes(app, { clients: { orders: client, users }, access, limits, redis, clock: systemClock, readTicketFile });
    const authorization = `Bearer ${token}`;
    const get = (url: string) => app.inject({ url, headers: { authorization } });
    const post = (url: string, payload: object, headers: object = {}) =>
      app.inject({ method: 'POST', url, payload, headers: { authorization, ...headers } });
    return { get, post, seen };
  }

  it('answers 404 for an order of somebody else, on every route', async () => {
    const order = anOrder(newId());
    const { get, post } = await appWith(order, async () => ({ body: Readable.from('secret'), bytes: 6 }));
    const answers = await Promise.all([
      get(`/orders/${order.id}`),
      get(`/orders/${order.id}/tickets.pdf`),
      post(`/orders/${order.id}/cancel`, {}),
    ]);
    for (const { statusCode, body } of answers) {
      assert.equal(statusCode, 404, body);
      assert.ok(!body.includes('secret') && !body.includes(order.code));
    }
    assert.deepEqual((await get('/orders')).json().orders, []);
  });

  it('shows an own order without what is not the buyer’s to see', async () => {
    const order = anOrder(ME);
    const { get } = await appWith(order);
    const { statusCode, body } = await get(`/orders/${order.id}`);
    assert.equal(statusCode, 200, body);
    const shown = JSON.parse(body);
    assert.deepEqual(shown.total, { amountMinor: 1000000, currency: 'VND' });
    assert.equal(shown.state, 'PENDING');
    assert.equal(shown.holdExpireTime, '2027-01-15T08:00:00.000Z');
    assert.equal(shown.userId, undefined);
    assert.equal(shown.failureReason, undefined);
  });

  it('lets nobody pay with a rehearsal but a rehearsal', async () => {
    const order = anOrder(ME);
    const { post, seen } = await appWith(order);
    const line = { ticketClassId: newId(), quantity: 1 };
    const body = { eventId: order.eventId, lines: [line], provider: 'rehearsal', admissionToken: await admission({}) };
    const refused = await post('/orders', body);
    assert.equal(refused.statusCode, 403);
    assert.equal(refused.json().code, 'REHEARSAL_ONLY');
    assert.equal(seen.length, 0);
    const real = await post('/orders', { ...body, admissionToken: await admission({ rehearsal: true }) });
    assert.equal(real.statusCode, 201, real.body);
  });

  it('passes the idempotency key on, and makes one of the admission when there is none', async () => {
    const order = anOrder(ME);
    const { post, seen } = await appWith(order);
    const line = { ticketClassId: newId(), quantity: 1 };
    const body = { eventId: order.eventId, lines: [line], provider: 'zalopay', admissionToken: await admission({}) };
    await post('/orders', body, { 'idempotency-key': 'mine' });
    await post('/orders', body);
    await post('/orders', body);
    const keys = (seen as { idempotencyKey: string; userId: string; email: string }[]).map((one) => one.idempotencyKey);
    assert.equal(keys[0], 'mine');
    assert.equal(keys[1], keys[2]);
    assert.match(keys[1] ?? '', /^[0-9a-f]{64}$/);
  });

  it('refuses bodies that say more or less than they may', async () => {
    const { post, seen } = await appWith(anOrder(ME));
    const line = { ticketClassId: newId(), quantity: 1 };
    const good = { eventId: newId(), lines: [line], provider: 'payos', admissionToken: await admission({}) };
    for (const bad of [
      { ...good, userId: newId() },
      { ...good, lines: [] },
      { ...good, lines: [{ ...line, quantity: -1 }] },
      { ...good, lines: [{ ...line, unitPrice: 1 }] },
      { ...good, provider: 'cash' },
      { ...good, returnUrl: 'javascript:alert(1)' },
    ]) {
      const { statusCode, body } = await post('/orders', bad);
      assert.equal(statusCode, 400, body);
      assert.equal(JSON.parse(body).code, 'INVALID_REQUEST');
    }
    assert.equal(seen.length, 0);
  });

  it('says when to ask again while the PDF is being made, and streams it afterwards', async () => {
    const order = anOrder(ME);
    const early = await (await appWith(order, async () => undefined)).get(`/orders/${order.id}/tickets.pdf`);
    assert.equal(early.statusCode, 404);
    assert.equal(early.json().code, 'TICKETS_NOT_READY');
    assert.ok(Number(early.headers['retry-after']) > 0);
    const file = async () => ({ body: Readable.from([Buffer.from('%PDF-')]), bytes: 5 });
    const ready = await (await appWith(order, file)).get(`/orders/${order.id}/tickets.pdf`);
    assert.equal(ready.statusCode, 200);
    assert.equal(ready.headers['content-type'], 'application/pdf');
    assert.equal(ready.body, '%PDF-');
  });
});
