import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '#runtime/ids.ts';
import { type Front, type Session, startFront } from './front.ts';

const PER_ACCOUNT = 40;
const PER_IP = 60;
const PARTNER = 'https://partner.example';
/** A gateway tells the others five times a second. */
const TOLD_MS = 450;

describe('two gateways behind one load balancer', () => {
  const stack = new AsyncDisposableStack();
  let front: Front;
  before(async function () {
    this.timeout(240_000);
    front = await startFront(stack, {
      RATE_LIMIT_PER_ACCOUNT: String(PER_ACCOUNT),
      RATE_LIMIT_PER_IP: String(PER_IP),
      SIGNIN_FAILURES_PER_IP: '3',
      // One hop: the last address of X-Forwarded-For is what the load balancer saw.
      TRUST_PROXY: '1',
      CORS_ORIGINS: PARTNER,
    });
  });
  after(function () {
    this.timeout(60_000);
    return stack.disposeAsync();
  });

  let addresses = 0;
  const newAddress = () => `203.0.113.${++addresses}`;
  const from = (address: string) => ({ 'x-forwarded-for': address });

  /** Counts are kept by the minute: whoever begins shortly before its end would see two. */
  async function earlyInAMinute(): Promise<void> {
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 12_000) await sleep(left + 50);
  }

  /** How many of so many requests through one gateway were let pass. */
  async function passed(times: number, gateway: 0 | 1, options: { token?: string; address: () => string }) {
    const { token, address } = options;
    let count = 0;
    for (let n = 0; n < times; n++) {
      const path = token === undefined ? '/events' : '/me';
      const answer = await front.call('GET', path, {
        ...{ gateway, headers: from(address()) },
        ...(token === undefined ? {} : { token }),
      });
      if (answer.status === 429) {
        assert.equal(answer.body.code, 'RATE_LIMITED');
        assert.ok(Number(answer.headers.get('retry-after')) >= 1);
      } else count++;
    }
    return count;
  }

  it('hold the limit of an account together, from whatever address it asks', async function () {
    this.timeout(90_000);
    const { accessToken: token } = await front.signUp();
    await earlyInAMinute();
    const one = { token, address: newAddress };
    assert.equal(await passed(PER_ACCOUNT - 10, 0, one), PER_ACCOUNT - 10);
    await sleep(TOLD_MS);
    // The other gateway hears of it with its own first word.
    assert.equal(await passed(1, 1, one), 1);
    await sleep(TOLD_MS);
    assert.equal(await passed(20, 1, one), 9, 'what is left, and not a limit of its own');
    assert.equal(await passed(1, 1, { ...one, token: (await front.signUp()).accessToken }), 1, 'another account');
  });

  it('hold the limit of an address together, whatever it says it was forwarded for', async function () {
    this.timeout(90_000);
    await earlyInAMinute();
    const real = newAddress();
    const lying = { address: () => `198.51.100.${Math.floor(Math.random() * 250)}, ${real}` };
    assert.equal(await passed(PER_IP - 10, 0, lying), PER_IP - 10);
    await sleep(TOLD_MS);
    assert.equal(await passed(1, 1, lying), 1);
    await sleep(TOLD_MS);
    assert.equal(await passed(20, 1, lying), 9);
    assert.equal(await passed(1, 1, { address: newAddress }), 1, 'another address');
  });

  it('slow down who guesses at many accounts, also from many addresses of one IPv6 network', async () => {
    const guess = (address: string, gateway: 0 | 1) =>
      front.call('POST', '/auth/signin', {
        ...{ gateway, headers: from(address) },
        body: { email: `${randomUUID()}@example.com`, password: 'a guess' },
      });
    for (const n of [1, 2, 3] as const)
      assert.equal((await guess(`2001:db8:1:2::${n}`, (n % 2) as 0 | 1)).body.code, 'BAD_CREDENTIALS');
    const slowed = await guess('2001:db8:1:2:ffff::4', 0);
    assert.deepEqual([slowed.status, slowed.body.code], [429, 'SIGNIN_DELAYED']);
    assert.equal((await guess('2001:db8:1:3::1', 0)).body.code, 'BAD_CREDENTIALS', 'the network next to it');
  });

  it('let the sites that are named call, and no other', async () => {
    const ask = (origin: string, method: 'GET' | 'OPTIONS') =>
      fetch(`${front.bases[0]}/api/v1/events`, {
        method,
        headers: {
          ...{ origin, ...from(newAddress()) },
          ...(method === 'OPTIONS'
            ? {
                'access-control-request-method': 'POST',
                'access-control-request-headers': 'authorization,idempotency-key',
              }
            : {}),
        },
      });
    const preflight = await ask(PARTNER, 'OPTIONS');
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), PARTNER);
    for (const name of ['authorization', 'idempotency-key', 'if-match'])
      assert.ok(preflight.headers.get('access-control-allow-headers')?.includes(name), name);
    const answer = await ask(PARTNER, 'GET');
    assert.equal(answer.headers.get('access-control-allow-origin'), PARTNER);
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /etag.*retry-after/);
    assert.match(answer.headers.get('vary') ?? '', /origin/i, 'a cache keeps them apart');
    for (const origin of ['https://evil.example', 'https://partner.example.evil.example', 'null']) {
      for (const method of ['GET', 'OPTIONS'] as const) {
        const allowed = (await ask(origin, method)).headers.get('access-control-allow-origin');
        assert.notEqual(allowed, origin, `${method} from ${origin}`);
        assert.notEqual(allowed, '*', `${method} from ${origin}`);
      }
    }
    // Tokens travel in a header that no browser sends by itself: cookies are not let in.
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  });

  it('say that nothing changed to who has it already, and only then', async () => {
    const eventId = newId();
    await front.publish(eventId, 'Before');
    const get = (gateway: 0 | 1, etag?: string) =>
      front.call('GET', `/events/${eventId}`, {
        ...{ gateway, headers: { ...from(newAddress()), ...(etag === undefined ? {} : { 'if-none-match': etag }) } },
      });
    const first = await get(0);
    const etag = first.headers.get('etag') ?? assert.fail('no ETag');
    const same = await get(1, etag);
    assert.deepEqual([same.status, same.text, same.headers.get('etag')], [304, '', etag], 'the other gateway knows it');
    assert.equal(same.headers.get('cache-control'), first.headers.get('cache-control'));
    assert.equal((await get(0, `"other", ${etag}`)).status, 304);
    assert.equal((await get(0, '"other"')).status, 200);
    await front.publish(eventId, 'After');
    // Gateways keep an event for a second.
    await sleep(1_100);
    const changed = await get(1, etag);
    assert.deepEqual([changed.status, changed.body.name], [200, 'After']);
    assert.notEqual(changed.headers.get('etag'), etag);
  });

  it('page through events and orders: each once, whichever gateway is asked, and no made-up page', async () => {
    const wanted = Array.from({ length: 7 }, () => newId());
    for (const [n, id] of wanted.entries()) await front.publish(id, `Show ${n}`);
    const { user, accessToken: token } = await front.signUp();
    const orders: string[] = [];
    for (let n = 0; n < 5; n++) orders.push((await front.paidOrder(user.id, newId())).id);
    async function all(path: 'events' | 'orders') {
      const seen: string[] = [];
      let pageToken = '';
      for (let n = 0; n < 20; n++) {
        const answer = await front.call('GET', `/${path}?pageSize=2&pageToken=${encodeURIComponent(pageToken)}`, {
          ...{ token, gateway: (n % 2) as 0 | 1, headers: from(newAddress()) },
        });
        assert.equal(answer.status, 200, answer.text);
        assert.ok(answer.body[path].length <= 2);
        seen.push(...answer.body[path].map(({ id }: { id: string }) => id));
        // What comes meanwhile moves nothing that was not read yet.
        if (n === 0 && path === 'events') await front.publish(newId(), 'Meanwhile');
        pageToken = answer.body.nextPageToken;
        if (pageToken === '') return seen;
      }
      throw new Error('the pages do not end');
    }
    const seen = await all('events');
    assert.equal(new Set(seen).size, seen.length, 'none twice');
    for (const id of wanted) assert.ok(seen.includes(id));
    assert.deepEqual((await all('orders')).sort(), orders.sort());
    for (const path of ['events', 'orders']) {
      const forged = await front.call('GET', `/${path}?pageToken=x`, { token, headers: from(newAddress()) });
      assert.deepEqual([forged.status, forged.body.code], [400, 'INVALID_PAGE_TOKEN'], path);
    }
  });

  it('know an order for its buyer alone', async () => {
    const [owner, stranger] = [await front.signUp(), await front.signUp()];
    const admin = await front.administrator();
    const order = await front.paidOrder(owner.user.id, newId());
    const ticket = order.tickets[0]?.id ?? randomUUID();
    const ask = (session: Session, method: string, path: string) =>
      front.call(method, path, { token: session.accessToken, headers: from(newAddress()) });
    const routes = [
      ['GET', `/orders/${order.id}`],
      ['POST', `/orders/${order.id}/cancel`],
      ['GET', `/orders/${order.id}/tickets.pdf`],
      ['GET', `/orders/${order.id}/tickets/${ticket}/qr.svg`],
    ] as const;
    const theirs = [];
    for (const session of [stranger, admin]) {
      for (const [method, path] of routes) {
        const { status, body } = await ask(session, method, path);
        assert.equal(status, 404, `${method} ${path}`);
        theirs.push(body.code);
      }
      assert.deepEqual((await ask(session, 'GET', '/orders')).body.orders, []);
      const listed = await ask(session, 'GET', `/orders?eventId=${newId()}`);
      assert.deepEqual(listed.body.orders, []);
    }
    // The same words as for an order that never was: ids cannot be tried out.
    const never = [];
    for (const [method, path] of routes)
      never.push((await ask(stranger, method, path.replace(order.id, newId()))).body.code);
    assert.deepEqual(theirs, [...never, ...never]);
    assert.equal((await ask(owner, 'GET', routes[0][1])).status, 200);
    const qr = await ask(owner, 'GET', routes[3][1]);
    assert.equal(qr.headers.get('content-type')?.split(';')[0], 'image/svg+xml');
    assert.equal((await ask(owner, 'POST', routes[1][1])).body.code, 'ORDER_PAID');
  });
});
