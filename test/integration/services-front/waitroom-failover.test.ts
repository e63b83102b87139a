import assert from 'node:assert/strict';
import { redisKey, TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { startBacking } from '#runtime/local/backing.ts';
import type { Redis } from '#runtime/redis.ts';
import { createJwtVerifier, generateKeyPairJwk, importSigningKey, jwksOf } from '#runtime/tokens.ts';
import { claimPlace } from '#services/waitroom/claim.ts';
import type { RoomStore } from '#services/waitroom/room-store.ts';
import { arm, eventually, type GateOptions, roomStore, startRunner } from './room-on-redis.ts';
import { connectRedis } from './servers.ts';
import { startSwitchingProxy } from './switching-proxy.ts';

/** Two replicas of the waitroom behind one address of Redis, whose primary dies with writes that its replica never got. */
describe('waitroom when Redis fails over', function () {
  this.timeout(60_000);

  interface Scene {
    /** Each waitroom replica has a connection and a memory of its own. */
    readonly rooms: readonly { readonly redis: Redis; readonly store: RoomStore }[];
    readonly eventId: string;
    /** From now on the replica hears nothing any more. */
    lag(): Promise<void>;
    /** The primary dies, the replica becomes primary at the same address. */
    failOver(): Promise<void>;
  }

  async function withPair(
    options: GateOptions & { readonly unguarded?: boolean },
    play: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await startBacking({ which: ['redis'] }));
    const second = stack.use(await startBacking({ which: ['redis'] }));
    const proxy = stack.use(await startSwitchingProxy(first.redis.port));
    const behind = connectRedis(second.redis.address);
    stack.defer(() => behind.disconnect());
    await behind.replicaof('127.0.0.1', first.redis.port);
    await eventually(async () => (await behind.info('replication')).includes('master_link_status:up'), 20_000);
    const edit = options.unguarded
      ? (_: string, text: string) => {
          const open = text.replace(/^.*-- guard: failover$/m, '');
          assert.notEqual(open, text, 'the guard was not found');
          return open;
        }
      : undefined;
    const rooms = [1, 2].map(() => {
      const redis = connectRedis(proxy.address);
      stack.defer(() => redis.disconnect());
      return { redis, store: roomStore(redis, edit) };
    });
    const { eventId } = await arm((rooms[0] as (typeof rooms)[0]).redis, options);
    await play({
      rooms,
      eventId,
      async lag() {
        const primaryOffset = async (redis: Redis, name: string) =>
          Number(new RegExp(`${name}:(\\d+)`).exec(await redis.info('replication'))?.[1]);
        await eventually(async () => {
          const direct = (rooms[0] as (typeof rooms)[0]).redis;
          const offset = await primaryOffset(direct, 'master_repl_offset');
          return (await primaryOffset(behind, 'slave_repl_offset')) >= offset;
        });
        await behind.replicaof('127.0.0.1', 1); // a primary that is not there
      },
      async failOver() {
        await first.stop();
        await behind.replicaof('NO', 'ONE');
        proxy.switchTo(second.redis.port);
      },
    });
  }

  /** Joins, trying again while the room is away, as the gateway's buyers do. */
  async function join(store: RoomStore, eventId: string, user: string) {
    return await eventually(async () => {
      const joined = await store.join(eventId, user, `s-${user}`).catch(() => undefined);
      return joined?.outcome === 'OK' && joined;
    }, 15_000);
  }

  /** Joins before, during the lag and after the failover; gives every (epoch, number) that any buyer was told. */
  async function numbersTold(options: GateOptions & { unguarded?: boolean }): Promise<string[]> {
    const told: string[] = [];
    await withPair(options, async ({ rooms: [one, two], eventId, lag, failOver }) => {
      assert.ok(one && two);
      const tell = async (store: RoomStore, user: string) => {
        const { epoch, number } = await join(store, eventId, user);
        told.push(`${epoch}/${number}`);
      };
      await using _one = startRunner(one.redis, one.store, eventId);
      await using _two = startRunner(two.redis, two.store, eventId);
      await Promise.all(Array.from({ length: 40 }, (_, i) => tell(i % 2 ? one.store : two.store, `before-${i}`)));
      await lag();
      await Promise.all(Array.from({ length: 30 }, (_, i) => tell(one.store, `lost-${i}`)));
      await failOver();
      // The other replica comes first: its own joins have seen fewer numbers than the lost ones.
      await Promise.all(Array.from({ length: 30 }, (_, i) => tell(i % 3 ? two.store : one.store, `after-${i}`)));
    });
    return told;
  }

  for (const [when, opensIn] of [
    ['before the opening', 60_000],
    ['in the open room', -1000],
  ] as const) {
    it(`never gives a number twice, ${when}`, async () => {
      const told = await numbersTold({ opensIn, slots: 1 });
      assert.equal(told.length, 100);
      assert.equal(new Set(told).size, 100, 'a number was given to two accounts');
    });
  }

  it('never gives a number twice when a region is lost, and with Redis every waitroom that saw them', async () => {
    await withPair({ opensIn: 60_000, voidMargin: 2_000 }, async ({ rooms: [one, two], eventId, lag, failOver }) => {
      assert.ok(one && two);
      const told: string[] = [];
      await join(one.store, eventId, 'known');
      await lag();
      // More than a waitroom alone could have seen last.
      for (let user = 0; user < 1_200; user++) {
        const joined = await one.store.join(eventId, `lost-${user}`, `s-${user}`);
        if (joined.outcome === 'OK') told.push(`${joined.epoch}/${joined.number}`);
      }
      await failOver();
      const elsewhere = roomStore(two.redis);
      await using _runner = startRunner(two.redis, elsewhere, eventId);
      for (let user = 0; user < 5; user++) {
        const { epoch, number } = await join(elsewhere, eventId, `after-${user}`);
        told.push(`${epoch}/${number}`);
      }
      assert.equal(new Set(told).size, 1_205, 'a number was given to two accounts');
    });
  });

  it('negative control: without the guard numbers come twice', async () => {
    const told = await numbersTold({ opensIn: 60_000, unguarded: true });
    assert.ok(new Set(told).size < told.length, 'nothing came twice, so the tests above prove nothing');
  });

  it('keeps the places it knows, steps over the lost ones, and honours tokens given before', async () => {
    const pair = await generateKeyPairJwk();
    const key = await importSigningKey(pair.privateJwk);
    const verify = createJwtVerifier({
      jwks: jwksOf(pair.publicJwk),
      clock: systemClock,
      issuer: TOKEN.issuer,
      audience: TOKEN.admissionAudience,
    });
    await withPair({ opensIn: -1000, slots: 3, ordering: 'FIFO' }, async ({ rooms, eventId, lag, failOver }) => {
      const [one] = rooms;
      assert.ok(one);
      const { store, redis } = one;
      const claim = (user: string) => claimPlace({ store, key, clock: systemClock }, eventId, user);
      await using runner = startRunner(redis, store, eventId);
      const known = ['a', 'b', 'c', 'd', 'e'];
      for (const user of known) await join(store, eventId, user);
      const before = await eventually(() => claim('a').catch(() => undefined));
      await lag();
      const forgotten = await eventually(() => claim('b').catch(() => undefined));
      await join(store, eventId, 'lost');
      await failOver();

      const room = await eventually(async () => {
        const now = await store.read(eventId).catch(() => undefined);
        return now !== undefined && now.failovers === 1 && now.voided > 0 && now;
      }, 15_000);
      assert.equal(room.issued - room.voided, 5, 'the account whose join was lost is not in the room');
      assert.equal(room.epoch, runner.ticks[0]?.epoch, 'the places of the others stay good');
      assert.equal((await store.join(eventId, 'd', 's')).outcome, 'OK');
      assert.equal((await store.standing(eventId, 'd')).number, 4, 'rejoining keeps the place');

      assert.equal((await verify(before.token)).sub, 'a');
      assert.equal((await claim('a')).token, before.token);
      // The claim of b was forgotten. Both tokens carry one id, and the order service lets an id buy once.
      const again = await eventually(() => claim('b').catch(() => undefined), 10_000);
      assert.equal((await verify(again.token)).jti, (await verify(forgotten.token)).jti);

      // Nobody waits for the void numbers: the latecomer is served as soon as slots are free.
      const late = await join(store, eventId, 'late');
      assert.ok(late.number > room.issued - 1);
      for (const user of [...known, 'late']) {
        await eventually(() => claim(user).catch(() => undefined), 10_000);
        await store.release(eventId, user, 'paid');
      }
      const end = await eventually(async () => {
        const now = await store.read(eventId);
        return now.waiting === 0 && now;
      });
      assert.equal(end.issued, end.waiting + end.admitted + end.abandoned + end.voided, 'no place was lost');
      assert.equal(await redis.zcard(redisKey.waitroom(eventId)), 0);
    });
  });
});
