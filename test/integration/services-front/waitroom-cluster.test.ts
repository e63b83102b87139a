import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis, createSubscriber, type Redis } from '#runtime/redis.ts';
import { generateKeyPairJwk, importSigningKey } from '#runtime/tokens.ts';
import { claimPlace } from '#services/waitroom/claim.ts';
import { placeOf } from '#services/waitroom/snapshot.ts';
import { type RedisCluster, startRedisCluster } from './redis-cluster.ts';
import { arm, eventually, roomStore, startRunner } from './room-on-redis.ts';

describe('waitroom on a Redis Cluster of three nodes', function () {
  this.timeout(120_000);
  let cluster: RedisCluster | undefined;
  let redis: Redis;
  before(async () => {
    cluster = await startRedisCluster();
    redis = createRedis({ address: cluster.address, cluster: true, log: silentLogger(), autoPipelining: true });
  });
  after(async () => {
    redis?.disconnect();
    await cluster?.[Symbol.asyncDispose]();
  });

  /** An event whose keys the node of this index owns. */
  async function eventOn(node: number): Promise<string> {
    for (;;) {
      const eventId = newId();
      if ((await cluster?.homeOf(redisKey.gate(eventId))) === node) return eventId;
    }
  }

  it('runs many rooms, each wholly on one node, from join to the last release', async () => {
    const key = await importSigningKey((await generateKeyPairJwk()).privateJwk);
    const store = roomStore(redis);
    // Rooms on all three nodes, or this proves nothing about clusters.
    const nodes = cluster?.nodes ?? [];
    const eventIds = await Promise.all(nodes.flatMap((_, node) => Array.from({ length: 4 }, () => eventOn(node))));
    const rooms = await Promise.all(
      eventIds.map((eventId) => arm(redis, { eventId, opensIn: 300, slots: 5, perMinute: 60_000 })),
    );
    await Promise.all(
      rooms.map(async ({ eventId }) => {
        const users = Array.from({ length: 20 }, (_, i) => `u${i}`);
        for (const user of users) assert.equal((await store.join(eventId, user, `s-${user}`)).outcome, 'OK');
        assert.equal(await store.heartbeat(eventId, 'u0'), true);
        assert.equal(
          await store.leave(eventId, 'u0', { place: 0, draw: undefined, epoch: (await store.read(eventId)).epoch }),
          'LEFT',
        );
        await using _runner = startRunner(redis, store, eventId);
        const waiting = new Set(users.slice(1));
        await eventually(async () => {
          for (const user of waiting) {
            await claimPlace({ store, key, clock: systemClock }, eventId, user).then(
              async () => {
                waiting.delete(user);
                await store.release(eventId, user, 'paid');
              },
              () => {},
            );
          }
          return waiting.size === 0;
        }, 30_000);
        const late = await store.join(eventId, 'late', 's');
        assert.ok(late.outcome === 'OK' && late.draw && placeOf(late.number, late.draw) === 21);
        await store.setSoldOut(eventId, true);
        assert.equal((await store.join(eventId, 'later', 's')).outcome, 'SOLD_OUT');
      }),
    );
    for (const [index, node] of nodes.entries()) {
      const gates = await node.keys('waitroom:{*}:gate');
      const mine = gates.filter((gate) => eventIds.some((eventId) => gate === redisKey.gate(eventId)));
      assert.equal(mine.length, 4, `rooms on node ${index}`);
    }
  });

  it('hears ticks whichever node they were said on', async () => {
    const subscriber = createSubscriber(redis);
    try {
      const heard = new Set<string>();
      subscriber.on('message', (_channel: string, message: string) => heard.add(message));
      const events = ['a', 'b', 'c', 'd', 'e', 'f'];
      for (const event of events) await subscriber.subscribe(redisKey.position(event));
      await sleep(200);
      for (const event of events) await redis.publish(redisKey.position(event), event);
      await eventually(async () => heard.size === events.length);
    } finally {
      subscriber.disconnect();
    }
  });
});
