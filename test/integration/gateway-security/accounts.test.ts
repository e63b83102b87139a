import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { generateKeyPairJwk, importSigningKey, type JWK, signJwt } from '#runtime/tokens.ts';
import { type Front, PASSWORD, startFront } from './front.ts';

describe('accounts and tickets through two gateways', () => {
  const stack = new AsyncDisposableStack();
  let front: Front;
  before(async function () {
    this.timeout(240_000);
    front = await startFront(stack);
  });
  after(function () {
    this.timeout(60_000);
    return stack.disposeAsync();
  });

  const me = (token: string, gateway: 0 | 1 = 0) => front.call('GET', '/me', { token, gateway });
  async function until(condition: () => Promise<boolean>, what: string) {
    const end = performance.now() + 3_000;
    while (!(await condition())) {
      assert.ok(performance.now() < end, what);
      await sleep(10);
    }
  }

  describe('sessions', () => {
    it('end at once on every gateway when signed out everywhere', async () => {
      const one = await front.signUp();
      const two = await front.signIn(one.user.email);
      for (const gateway of [0, 1] as const) assert.equal((await me(two.accessToken, gateway)).status, 200);
      assert.equal((await front.call('POST', '/auth/signout-all', { token: one.accessToken })).status, 204);
      const here = await me(two.accessToken);
      assert.equal(here.status, 401);
      assert.equal(here.body.code, 'SESSION_ENDED');
      await until(async () => (await me(two.accessToken, 1)).status === 401, 'the other gateway still takes the token');
      const fresh = await front.signIn(one.user.email);
      assert.equal((await me(fresh.accessToken, 1)).status, 200);
    });

    it('are listed and ended one by one, own ones only', async () => {
      const one = await front.signUp();
      const two = await front.signIn(one.user.email);
      const stranger = await front.signUp();
      const { body } = await front.call('GET', '/me/sessions', { token: one.accessToken });
      assert.equal(body.sessions.length, 2);
      const other = body.sessions.find((session: { current: boolean }) => !session.current);
      const foreign = await front.call('DELETE', `/me/sessions/${other.id}`, { token: stranger.accessToken });
      assert.equal(foreign.status, 404);
      assert.equal((await me(two.accessToken)).status, 200, 'nobody ends the session of somebody else');
      assert.equal((await front.call('DELETE', `/me/sessions/${other.id}`, { token: one.accessToken })).status, 204);
      assert.equal((await me(two.accessToken)).status, 401);
      assert.equal((await me(one.accessToken)).status, 200);
    });

    it('of which a spent refresh token comes back end with their access tokens', async () => {
      const session = await front.signUp();
      const { refreshToken } = session;
      const next = await front.call('POST', '/auth/refresh', { body: { refreshToken } });
      assert.equal((await front.call('POST', '/auth/refresh', { body: { refreshToken } })).body.code, 'TOKEN_REUSED');
      for (const token of [session.accessToken, next.body.accessToken]) assert.equal((await me(token)).status, 401);
    });
  });

  describe('passwords', () => {
    it('change for who knows the old one; other sessions end', async () => {
      const one = await front.signUp();
      const two = await front.signIn(one.user.email);
      const change = (currentPassword: string) =>
        front.call('POST', '/auth/password', {
          token: one.accessToken,
          body: { currentPassword, newPassword: 'brand new one' },
        });
      assert.equal((await change('wrong')).body.code, 'WRONG_PASSWORD');
      assert.equal((await change(PASSWORD)).status, 204);
      assert.equal((await me(one.accessToken)).status, 200);
      assert.equal((await me(two.accessToken)).status, 401);
      await front.signIn(one.user.email, 'brand new one');
    });

    it('are reset by mail, once; an unknown address gets the same answer', async function () {
      this.timeout(20_000);
      const { user, accessToken } = await front.signUp();
      const ask = (email: string) => front.call('POST', '/auth/password-reset', { body: { email } });
      const [known, unknown] = [await ask(user.email), await ask('nobody@example.com')];
      assert.deepEqual([known.status, known.text], [unknown.status, unknown.text]);
      assert.equal(known.status, 202);
      let token: string | undefined;
      await until(async () => {
        const { messages } = (await (await fetch(front.mailboxUrl)).json()) as { messages: Record<string, object[]> };
        const mails = Object.values(messages)
          .flat()
          .map((mail) => JSON.stringify(mail));
        token = mails
          .find((mail) => mail.includes(user.email))
          ?.match(/https:\/\/shop\.example\/reset-password#token=([\w-]{43})/)?.[1];
        return token !== undefined;
      }, 'no mail came');
      const confirm = () =>
        front.call('POST', '/auth/password-reset/confirm', { body: { token, newPassword: 'remembered again' } });
      assert.equal((await confirm()).status, 204);
      assert.equal((await confirm()).body.code, 'TOKEN_INVALID');
      assert.equal((await me(accessToken)).status, 401);
      await front.signIn(user.email, 'remembered again');
    });

    it('are guessed slower and slower', async function () {
      this.timeout(20_000);
      const { user } = await front.signUp();
      const guess = (gateway: 0 | 1) =>
        front.call('POST', '/auth/signin', { body: { email: user.email, password: 'a guess' }, gateway });
      for (let i = 0; i < 5; i++) assert.equal((await guess((i % 2) as 0 | 1)).status, 401);
      const waits: number[] = [];
      for (let i = 0; i < 3; i++) {
        const refused = await guess(1);
        assert.equal(refused.status, 429);
        assert.equal(refused.body.code, 'SIGNIN_DELAYED');
        assert.ok(Number(refused.headers.get('retry-after')) >= 1);
        waits.push(refused.body.details.retryAfterMs);
        if (i === 2) break;
        await sleep(refused.body.details.retryAfterMs + 20);
        assert.equal((await guess(0)).status, 401);
      }
      assert.ok((waits[1] ?? 0) > (waits[0] ?? 0) && (waits[2] ?? 0) > (waits[1] ?? 0), String(waits));
    });
  });

  it('gives roles by an administrator only; the old tokens die with the old roles', async () => {
    const admin = await front.administrator();
    const { user, accessToken } = await front.signUp();
    const path = `/admin/users/${user.id}/roles`;
    const body = { roles: ['buyer', 'door'] };
    assert.equal((await front.call('PUT', path, { token: accessToken, body })).body.code, 'ROLE_REQUIRED');
    const found = await front.call('GET', `/admin/users?email=${user.email}`, { token: admin.accessToken });
    assert.equal(found.body.id, user.id);
    const given = await front.call('PUT', path, { token: admin.accessToken, body });
    assert.deepEqual(given.body.roles, ['buyer', 'door']);
    assert.equal((await me(accessToken)).status, 401);
    assert.deepEqual((await front.signIn(user.email)).user.roles, ['buyer', 'door']);
    const own = await front.call('PUT', `/admin/users/${admin.user.id}/roles`, { token: admin.accessToken, body });
    assert.equal(own.body.code, 'OWN_ROLE');
    assert.equal(
      (await front.call('PUT', `/admin/users/${newId()}/roles`, { token: admin.accessToken, body })).status,
      404,
    );
  });

  describe('access tokens', () => {
    it('of both published keys are good while one takes over from the other; private halves are not shown', async () => {
      const { body } = await front.call('GET', '/.well-known/jwks.json');
      assert.deepEqual(
        body.keys.map(({ kid }: JWK) => kid),
        [front.access.kid, front.older.kid],
      );
      for (const jwk of body.keys) assert.equal(jwk.d, undefined);
      const { user } = await front.signUp();
      assert.equal((await me(await forge({ subject: user.id, jwk: front.older.privateJwk }))).status, 200);
    });

    it('are refused when forged, of another purpose, or ended', async () => {
      const { user, accessToken } = await front.signUp();
      const stranger = await generateKeyPairJwk();
      const [head = '', claims = '', signature = ''] = accessToken.split('.');
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const promoted = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), roles: ['admin'] };
      const bad: Record<string, string> = {
        'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${claims}.`,
        'alg none, old signature': `${encode({ alg: 'none', kid: front.access.kid })}.${claims}.${signature}`,
        'HS256 with the public key': `${encode({ alg: 'HS256', kid: front.access.kid })}.${claims}.${signature}`,
        'roles changed': `${head}.${encode(promoted)}.${signature}`,
        'unknown kid': await forge({ subject: user.id, jwk: stranger.privateJwk }),
        'our kid, their key': await forge({ subject: user.id, jwk: { ...stranger.privateJwk, kid: front.access.kid } }),
        'key in the head': `${encode({ alg: 'EdDSA', kid: 'x', jwk: stranger.publicJwk })}.${claims}.${signature}`,
        'for the checkout': await forge({ subject: user.id, audience: TOKEN.admissionAudience }),
        'another issuer': await forge({ subject: user.id, issuer: 'somebody' }),
        expired: await forge({ subject: user.id, ttlMs: -60_000 }),
        'no signature': `${head}.${claims}`,
        rubbish: 'x.y.z',
      };
      for (const [what, token] of Object.entries(bad)) {
        const answer = await me(token);
        assert.equal(answer.status, 401, what);
        assert.match(answer.body.code, /^TOKEN_(INVALID|EXPIRED)$/, what);
      }
    });

    async function forge(over: { subject: string; jwk?: JWK; audience?: string; issuer?: string; ttlMs?: number }) {
      return await signJwt({
        key: await importSigningKey(over.jwk ?? front.access.privateJwk),
        clock: systemClock,
        issuer: over.issuer ?? TOKEN.issuer,
        audience: over.audience ?? TOKEN.accessAudience,
        subject: over.subject,
        ttlMs: over.ttlMs ?? 60_000,
        claims: { roles: ['buyer'], sid: newId() },
      });
    }
  });

  describe('requests that nobody sends by mistake', () => {
    it('cannot assign what is not theirs to say', async () => {
      for (const extra of [
        { roles: ['admin'] },
        { id: newId() },
        { __proto__: null, isAdmin: true },
        { requestId: 'x' },
      ]) {
        const body = { email: `mass${Math.random()}@example.com`, password: PASSWORD, fullName: 'X', ...extra };
        assert.equal((await front.call('POST', '/auth/signup', { body })).status, 400, JSON.stringify(extra));
      }
      const text = `{"email":"proto@example.com","password":"${PASSWORD}","fullName":"X","__proto__":{"roles":["admin"]}}`;
      const response = await fetch(`${front.bases[0]}/api/v1/auth/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
      });
      const session = (await response.json()) as { user?: { roles: string[] } };
      assert.deepEqual(session.user?.roles ?? ['buyer'], ['buyer']);
    });

    it('do not get past with odd paths and headers', async () => {
      const { accessToken, user } = await front.signUp();
      const spoofed = {
        'x-forwarded-for': '1.2.3.4',
        'x-original-url': '/api/v1/admin/users',
        'x-user-id': newId(),
        'x-http-method-override': 'DELETE',
      };
      assert.equal((await front.call('GET', '/me', { token: accessToken, headers: spoofed })).body.id, user.id);
      for (const path of [
        '/admin%2fusers?email=a@b.c',
        '//admin/users?email=a@b.c',
        '/ADMIN/users?email=a@b.c',
        '/me/../admin/users?email=a@b.c',
        '/orders/%00',
        '/orders/..%2f..%2fme',
        `/orders/${'a'.repeat(5_000)}`,
      ]) {
        const { status } = await front.call('GET', path, { token: accessToken });
        assert.ok([400, 401, 403, 404, 414].includes(status), `${path}: ${status}`);
      }
      const injected = await front.call('GET', '/me', {
        token: accessToken,
        headers: { 'x-request-id': 'a b<script>' },
      });
      assert.match(injected.headers.get('x-request-id') ?? '', /^[\w.:-]+$/);
    });

    it('are cut off when too big or too slow', async function () {
      this.timeout(40_000);
      const big = await front.call('POST', '/auth/signin', { body: { email: 'a@b.c', password: 'x'.repeat(200_000) } });
      assert.equal(big.status, 413);
      assert.equal(big.headers.get('content-type')?.startsWith('application/problem+json'), true);
      const deep = await fetch(`${front.bases[0]}/api/v1/auth/signin`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '['.repeat(30_000) + ']'.repeat(30_000),
      });
      assert.equal(deep.status, 400);
      // A head that never ends, and a body that does not.
      const url = new URL(front.bases[0]);
      const slow = (text: string) =>
        new Promise<number>((resolve, reject) => {
          const started = performance.now();
          const socket = connect(Number(url.port), url.hostname, () => socket.write(text));
          const drip = setInterval(() => socket.write('X'), 1_000);
          socket.on('error', () => {});
          socket.resume();
          const limit = setTimeout(() => reject(new Error('still open after 35 s')), 35_000);
          socket.on('close', () => {
            clearInterval(drip);
            clearTimeout(limit);
            resolve(performance.now() - started);
          });
        });
      const head = slow('GET /api/v1/me HTTP/1.1\r\nhost: x\r\nx-a: ');
      const body = slow(
        'POST /api/v1/auth/signin HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
      );
      for (const ms of await Promise.all([head, body])) assert.ok(ms < 32_000, `${ms} ms`);
    });
  });

  it('lets one Idempotency-Key stand for one body only', async () => {
    const { accessToken: token } = await front.signUp();
    const order = (quantity: number, admissionToken: string) =>
      front.call('POST', '/orders', {
        token,
        headers: { 'idempotency-key': 'k1' },
        body: { eventId, lines: [{ ticketClassId: eventId, quantity }], provider: 'zalopay', admissionToken },
      });
    const eventId = newId();
    // The order itself is refused, as nobody is admitted; what counts is who is refused for the key.
    assert.equal((await order(1, 'x'.repeat(30))).body.code, 'TOKEN_INVALID');
    assert.equal((await order(1, 'y'.repeat(30))).body.code, 'TOKEN_INVALID');
    const other = await order(2, 'x'.repeat(30));
    assert.equal(other.status, 409);
    assert.equal(other.body.code, 'IDEMPOTENCY_KEY_REUSED');
  });
});
