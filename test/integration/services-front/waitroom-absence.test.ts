import assert from 'node:assert/strict';
import { GATE_FIELD, redisKey, TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import type { Redis } from '#runtime/redis.ts';
import { createJwtVerifier, generateKeyPairJwk, importSigningKey, jwksOf, type KeyPairJwk } from '#runtime/tokens.ts';
import { claimPlace } from '#services/waitroom/claim.ts';
import { bypassKey } from '#services/waitroom/room-keys.ts';
import { arm, eventually, roomStore, startRunner } from './room-on-redis.ts';
import { connectRedis } from './servers.ts';

describe('waitroom: silence, the bypass list and keys', function () {
  this.timeout(30_000);
  let backing: Backing<'redis'> | undefined;
  let redis: Redis;
  let pair: KeyPairJwk;
  before(async function () {
    this.timeout(180_000);
    backing = await startBacking({ which: ['redis'] });
    redis = connectRedis(backing.redis.address);
    pair = await generateKeyPairJwk();
  });
  after(async () => {
    redis?.disconnect();
    await backing?.stop();
  });

  const claimer = async (keys = pair) => {
    const key = await importSigningKey(keys.privateJwk);
    const store = roomStore(redis);
    return (eventId: string, user: string) => claimPlace({ store, key, clock: systemClock }, eventId, user);
  };
  const verifier = (...keys: readonly KeyPairJwk[]) =>
    createJwtVerifier({
      jwks: jwksOf(...keys.map(({ publicJwk }) => publicJwk)),
      clock: systemClock,
      issuer: TOKEN.issuer,
      audience: TOKEN.admissionAudience,
    });
  const refused = (reason: string) => (error: unknown) => error instanceof ServiceError && error.reason === reason;

  for (const [when, opensIn] of [
    ['before the draw', 60_000],
    ['after the draw', -1000],
  ] as const) {
    it(`takes the place of who falls silent ${when}, and never of who is heard`, async () => {
      const store = roomStore(redis);
      const { eventId } = await arm(redis, { opensIn, slots: 1, idleTimeoutMs: 1_500, perMinute: 6_000 });
      const users = Array.from({ length: 30 }, (_, i) => `u${i}`);
      for (const user of users) await store.join(eventId, user, 's');
      await using _runner = startRunner(redis, store, eventId);
      const loud = users.slice(0, 10);
      const room = await eventually(async () => {
        await Promise.all(loud.map((user) => store.heartbeat(eventId, user)));
        const now = await store.read(eventId);
        return now.idled >= 20 && now;
      }, 12_000);
      assert.equal(room.waiting, 10);
      for (const user of loud)
        assert.ok((await store.standing(eventId, user)).waiting, `${user} was heard and lost its place`);
      assert.equal(room.issued, room.waiting + room.admitted + room.abandoned);
      const back = await store.join(eventId, 'u29', 's');
      assert.ok(back.outcome === 'OK');
      if (opensIn > 0) assert.equal(back.number, 30, 'before the draw coming back costs nothing');
      else assert.ok(back.number > 30, 'after the draw it queues anew');
    });
  }

  it('goes on at once past silent places, and takes nobody out without an idle timeout', async () => {
    const store = roomStore(redis);
    const claim = await claimer();
    const gate = await arm(redis, { opensIn: -1000, slots: 1, idleTimeoutMs: 1_000, ordering: 'FIFO' });
    for (const user of ['till', 'silent', 'next']) await store.join(gate.eventId, user, 's');
    await using _runner = startRunner(redis, store, gate.eventId);
    await eventually(() => claim(gate.eventId, 'till').catch(() => undefined));
    await eventually(async () => {
      await store.heartbeat(gate.eventId, 'next');
      return (await store.read(gate.eventId)).idled === 1;
    }, 10_000);
    await store.release(gate.eventId, 'till', 'paid');
    const next = await eventually(() => claim(gate.eventId, 'next').catch(() => undefined));
    assert.equal(next.place, 3);
    const patient = await arm(redis, { opensIn: 60_000 });
    await store.join(patient.eventId, 'a', 's');
    assert.equal(await redis.exists(`${redisKey.waitroom(patient.eventId)}:seen`), 0, 'no memory is spent on it');
  });

  it('lets the bypass list past the queue, takes no slot for it and counts it apart', async () => {
    const store = roomStore(redis);
    const claim = await claimer();
    const { eventId } = await arm(redis, { opensIn: 500, slots: 1, ordering: 'FIFO' });
    for (const user of ['buyer', 'press']) await store.join(eventId, user, 's');
    await redis.sadd(bypassKey(eventId), 'press', 'staff');
    await using _runner = startRunner(redis, store, eventId);
    await assert.rejects(claim(eventId, 'staff'), refused('NOT_ADMITTED_YET'), 'nobody is let in before the opening');
    const buyer = await eventually(() => claim(eventId, 'buyer').catch(() => undefined));
    const staff = await claim(eventId, 'staff');
    assert.deepEqual(await claim(eventId, 'staff'), staff, 'asking again gives the same token');
    const press = await claim(eventId, 'press');
    const claims = await verifier(pair)(press.token);
    assert.deepEqual([claims['place'], claims['bypass'], claims.sub], [0, true, 'press']);
    const room = await store.read(eventId);
    assert.deepEqual([room.active, room.admitted, room.bypassed], [1, 1, 2]);
    assert.equal(room.waiting, 0, 'the place in the queue went to the others');
    assert.notEqual(buyer.token, staff.token);
    await redis.hset(redisKey.gate(eventId), { [GATE_FIELD.paused]: '1' });
    await redis.sadd(bypassKey(eventId), 'late-staff');
    await assert.rejects(claim(eventId, 'late-staff'), refused('PAUSED'));
    await assert.rejects(claim(eventId, 'stranger'), refused('NOT_JOINED'));
  });

  it('binds tokens to account and event, and lets keys be exchanged without a gap', async () => {
    const store = roomStore(redis);
    const next = await generateKeyPairJwk();
    const { eventId } = await arm(redis, { opensIn: -1000, ordering: 'FIFO' });
    for (const user of ['old', 'new']) await store.join(eventId, user, 's');
    await using _runner = startRunner(redis, store, eventId);
    const [byOld, byNew] = [await claimer(pair), await claimer(next)];
    const old = await eventually(() => byOld(eventId, 'old').catch(() => undefined));
    const young = await eventually(() => byNew(eventId, 'new').catch(() => undefined));
    const during = verifier(pair, next);
    const claims = await during(old.token);
    assert.deepEqual([claims.sub, claims['event_id'], claims['place']], ['old', eventId, 1]);
    assert.equal((await during(young.token)).sub, 'new');
    await assert.rejects(
      verifier(next)(old.token),
      refused('TOKEN_INVALID'),
      'a key that was taken back opens nothing',
    );
    const [header, body, signature] = old.token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'thief' })).toString('base64url');
    await assert.rejects(during([header, forged, signature].join('.')), refused('TOKEN_INVALID'));
    assert.ok(body);
  });
});
