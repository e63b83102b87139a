import assert from 'node:assert/strict';
import { createSaleGate } from '#operator/external/sale-gate.ts';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { type Redis, redisTimeMs } from '#runtime/redis.ts';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import { roomStore } from '../services-front/room-on-redis.ts';
import { connectRedis, freePort, type ServiceProcess, startService } from '../services-front/servers.ts';

const SALES = 40;
/** How punctual is for `npm run bench -- open-skew`. One opening every so often: each has its own instant, as sales have. */
const APART_MS = 150;
const BUYERS = 5;

describe('40 short sales, opened by nobody but the waitroom and Redis time', function () {
  this.timeout(180_000);
  const signal = new AbortController().signal;
  let backing: Backing<'redis'>;
  let redis: Redis;
  let waitroom: ServiceProcess;

  before(async () => {
    backing = await startBacking({ which: ['redis'] });
    redis = connectRedis(backing.redis.address);
    const { privateJwk } = await generateKeyPairJwk();
    waitroom = await startService(
      'waitroom',
      {
        REDIS_ADDRESS: backing.redis.address,
        GRPC_PORT: String(await freePort()),
        ADMISSION_PRIVATE_JWK: JSON.stringify(privateJwk),
      },
      await freePort(),
    );
  });
  after(async () => {
    await waitroom?.stop();
    redis?.disconnect();
    await backing?.stop();
  });

  it('admits the first buyer of each, and never before opensAt', async () => {
    const gate = createSaleGate(redis, systemClock);
    const store = roomStore(redis);
    const start = (await redisTimeMs(redis)) + 4_000;
    const sales = Array.from({ length: SALES }, (_, at) => ({
      eventId: newId(),
      opensAtMs: Math.ceil(start + at * APART_MS + Math.random() * APART_MS),
    }));
    for (const { eventId, opensAtMs } of sales) {
      const desired = {
        eventId,
        saleUid: eventId,
        generation: 1,
        fencingToken: 1,
        preQueueAtMs: opensAtMs - 2_500,
        opensAtMs,
        closesAtMs: opensAtMs + 2_000,
        armedAtMs: opensAtMs - 3_000,
        paused: false,
        message: '',
        admissionsPerMinute: 6_000,
        maxConcurrentCheckouts: 100,
        maxQueueLength: 0,
        checkoutTtlMs: 600_000,
        claimWindowMs: 120_000,
        ordering: 'ShuffleThenFIFO' as const,
      };
      await gate.apply(gate.diff(desired, await gate.observe(desired, signal)), signal);
    }
    for (const { eventId, opensAtMs } of sales) {
      await systemClock.sleep(Math.max(0, opensAtMs - 2_000 - Date.now()));
      for (let buyer = 0; buyer < BUYERS; buyer++) await store.join(eventId, `u${buyer}`, newId());
    }
    await systemClock.sleep(Math.max(0, (sales.at(-1)?.opensAtMs ?? 0) + 1_000 - Date.now()));
    for (const { eventId, opensAtMs } of sales) {
      const { firstAdmissionMs } = await store.read(eventId);
      assert.ok(firstAdmissionMs !== undefined, `${eventId} admitted nobody`);
      assert.ok(firstAdmissionMs >= opensAtMs, `opened ${opensAtMs - firstAdmissionMs} ms early`);
    }
  });
});
