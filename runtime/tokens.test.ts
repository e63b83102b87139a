import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { ManualClock } from './clock.ts';
import { createJwtVerifier, generateKeyPairJwk, importSigningKey, jwksOf, signJwt, verifyJwt } from './tokens.ts';

const NAMES = { issuer: 'user', audience: 'gateway' };

async function setUp() {
  const clock = new ManualClock();
  const pair = await generateKeyPairJwk();
  const key = await importSigningKey(pair.privateJwk);
  const sign = (more = {}) =>
    signJwt({ key, clock, ...NAMES, subject: 'u1', ttlMs: 60_000, claims: { role: 'BUYER' }, ...more });
  return { clock, pair, key, sign };
}

describe('tokens', () => {
  it('carries claims from the signer to whoever holds the public keys', async () => {
    const { clock, pair, sign } = await setUp();
    const claims = await verifyJwt(await sign({ jwtId: 'j1' }), { jwks: jwksOf(pair.privateJwk), clock, ...NAMES });
    assert.equal(claims.sub, 'u1');
    assert.equal(claims['role'], 'BUYER');
    assert.equal(claims.jti, 'j1');
    assert.equal(claims.exp, clock.now() / 1000 + 60);
  });

  it('publishes no private part', async () => {
    const { pair } = await setUp();
    assert.equal('d' in (jwksOf(pair.privateJwk).keys[0] ?? {}), false);
    assert.ok('d' in pair.privateJwk);
    assert.equal('d' in pair.publicJwk, false);
  });

  it('tells expired from not yet valid from invalid', async () => {
    const { clock, pair, sign } = await setUp();
    const verify = createJwtVerifier({ jwks: jwksOf(pair.publicJwk), clock, ...NAMES });
    const token = await sign();
    const future = await sign({ notBeforeMs: clock.now() + 30_000 });
    await assert.rejects(verify(future), { reason: 'TOKEN_NOT_YET_VALID', code: 'UNAUTHENTICATED' });
    await assert.rejects(verify(`${token.slice(0, -4)}AAAA`), { reason: 'TOKEN_INVALID' });
    await assert.rejects(verify('garbage'), { reason: 'TOKEN_INVALID' });
    clock.set(clock.now() + 63_000);
    await assert.rejects(verify(token), { reason: 'TOKEN_EXPIRED' });
  });

  it('refuses another audience, another issuer, another key, and unsigned or symmetric tricks', async () => {
    const { clock, pair, sign } = await setUp();
    const other = await setUp();
    const verify = createJwtVerifier({ jwks: jwksOf(pair.publicJwk), clock, ...NAMES });
    const hs256 = await new SignJWT({ sub: 'admin' })
      .setProtectedHeader({ alg: 'HS256', kid: pair.kid })
      .setIssuer('user')
      .setAudience('gateway')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(String(pair.publicJwk.x)));
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${hs256.split('.')[1]}.`;
    for (const token of [
      await sign({ audience: 'inventory' }),
      await sign({ issuer: 'someone' }),
      await other.sign(),
      hs256,
      none,
    ]) {
      await assert.rejects(verify(token), { reason: 'TOKEN_INVALID' });
    }
  });

  it('fetches the keys again when they were rotated, but not for every bad token', async () => {
    const { clock, pair } = await setUp();
    const next = await setUp();
    let published = jwksOf(pair.publicJwk);
    let fetches = 0;
    const jwks = async () => {
      fetches++;
      return published;
    };
    const verify = createJwtVerifier({ jwks, clock, ...NAMES });
    await assert.rejects(verify(await next.sign()), { reason: 'TOKEN_INVALID' });
    await assert.rejects(verify(await next.sign()), { reason: 'TOKEN_INVALID' });
    assert.equal(fetches, 1);
    published = jwksOf(pair.publicJwk, next.pair.publicJwk);
    await clock.advance(10_000);
    assert.equal((await verify(await next.sign())).sub, 'u1');
    assert.equal(fetches, 2);
  });

  it('says which key is wrong when it is not a private one', async () => {
    const { pair } = await setUp();
    await assert.rejects(importSigningKey(pair.publicJwk), { reason: 'BAD_SIGNING_KEY' });
  });

  it('refuses another spelling of the same signed bytes', async () => {
    const { clock, pair, sign } = await setUp();
    const verify = createJwtVerifier({ jwks: jwksOf(pair.publicJwk), clock, ...NAMES });
    const genuine = await sign();
    const [header = '', payload = '', signature = ''] = genuine.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const respelt = [...alphabet]
      .map((last) => signature.slice(0, -1) + last)
      .filter((other) => other !== signature && Buffer.from(other, 'base64url').equals(bytes));
    assert.equal(respelt.length, 15);
    for (const other of [...respelt, `${signature}=`, `${signature}==`, `${signature}\n`]) {
      await assert.rejects(verify(`${header}.${payload}.${other}`), { reason: 'TOKEN_INVALID' }, other);
    }
    assert.equal((await verify(genuine)).sub, 'u1');
  });

  it('refuses bytes that nobody signed, and every neighbour of a genuine token, with one and the same error', async () => {
    const { clock, pair, sign } = await setUp();
    const verify = createJwtVerifier({ jwks: jwksOf(pair.publicJwk), clock, ...NAMES });
    const genuine = await sign();
    const part = fc.oneof(
      fc.base64String(),
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
      fc.constantFrom(...genuine.split('.'), Buffer.from('{"alg":"none"}').toString('base64url'), ''),
    );
    const changed = fc
      .tuple(fc.nat(genuine.length - 1), fc.string({ maxLength: 2 }))
      .map(([at, other]) => genuine.slice(0, at) + other + genuine.slice(at + 1));
    const forged = fc.oneof(
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
      changed,
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(forged, async (token) => {
        if (token === genuine) return;
        await assert.rejects(
          verify(token),
          { code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' },
          JSON.stringify(token),
        );
      }),
    );
  });
});
