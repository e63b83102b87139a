import assert from 'node:assert/strict';
import { createSaleGate } from '#operator/external/sale-gate.ts';
import { connectTicketing, type Ticketing } from '#operator/external/ticketing.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { newId } from '#runtime/ids.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { type Redis, redisTimeMs } from '#runtime/redis.ts';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import { connectRedis, freePort, ROOT, type ServiceProcess, startService } from '../services-front/servers.ts';

const COLD = 49;
const COLD_BUYERS = 4;
const HOT_AT_ONCE = 20;
/** How soon is not tried here. */
const PATIENT = { deadlineMs: 60_000 };

/** That nobody notices is for `npm run bench -- cold-sales` to show; this shows that nobody is forgotten. */
describe('fifty overlapping sales in one waitroom, one hot and 49 cold', function () {
  this.timeout(180_000);
  const signal = new AbortController().signal;
  let backing: Backing<'redis'>;
  let redis: Redis;
  let waitroom: ServiceProcess;
  let ticketing: Ticketing;

  before(async () => {
    backing = await startBacking({ which: ['redis'] });
    redis = connectRedis(backing.redis.address);
    const { privateJwk } = await generateKeyPairJwk();
    const port = await freePort();
    waitroom = await startService(
      'waitroom',
      {
        REDIS_ADDRESS: backing.redis.address,
        GRPC_PORT: String(port),
        ADMISSION_PRIVATE_JWK: JSON.stringify(privateJwk),
      },
      await freePort(),
    );
    ticketing = connectTicketing({
      root: ROOT,
      log: silentLogger(),
      clock: systemClock,
      metrics: new Registry(),
      addressOf: () => `127.0.0.1:${port}`,
    });
  });
  after(async () => {
    ticketing?.close();
    await waitroom?.stop();
    redis?.disconnect();
    await backing?.stop();
  });

  async function arm(opensAtMs: number, perMinute: number): Promise<string> {
    const gate = createSaleGate(redis, systemClock);
    const eventId = newId();
    const desired = {
      eventId,
      saleUid: eventId,
      generation: 1,
      fencingToken: 1,
      preQueueAtMs: Date.now() - 1_000,
      opensAtMs,
      closesAtMs: opensAtMs + 600_000,
      armedAtMs: Date.now(),
      paused: false,
      message: '',
      admissionsPerMinute: perMinute,
      maxConcurrentCheckouts: 1_000,
      maxQueueLength: 0,
      checkoutTtlMs: 600_000,
      claimWindowMs: 120_000,
      ordering: 'ShuffleThenFIFO' as const,
    };
    await gate.apply(gate.diff(desired, await gate.observe(desired, signal)), signal);
    return eventId;
  }

  /** False: not this buyer's turn yet. */
  async function claim(eventId: string, userId: string): Promise<boolean> {
    try {
      await ticketing.waitroom.claim({ eventId, userId }, PATIENT);
      return true;
    } catch (error) {
      if (error instanceof ServiceError && error.reason === 'NOT_ADMITTED_YET') return false;
      throw error;
    }
  }

  /** 49 sales with a few buyers each who join, wait, and claim after the opening. How many got in. */
  async function coldSales(): Promise<number> {
    const start = (await redisTimeMs(redis)) + 3_000;
    const sales = await Promise.all(
      Array.from({ length: COLD }, async (_, at) => {
        const opensAtMs = start + at * 40;
        return { opensAtMs, eventId: await arm(opensAtMs, 6_000) };
      }),
    );
    let claimed = 0;
    await Promise.all(
      sales.map(async ({ eventId, opensAtMs }) => {
        for (let buyer = 0; buyer < COLD_BUYERS; buyer++)
          await ticketing.waitroom.join({ eventId, userId: `cold-${buyer}` }, PATIENT);
        await systemClock.sleep(Math.max(0, opensAtMs - Date.now()));
        for (let buyer = 0; buyer < COLD_BUYERS; buyer++) {
          while (!(await claim(eventId, `cold-${buyer}`))) await systemClock.sleep(200);
          claimed++;
        }
      }),
    );
    return claimed;
  }

  /** A crowd that comes for as long as it is let: there is always somebody before the cold buyers. */
  async function hotSale(until: AbortSignal): Promise<number> {
    const eventId = await arm((await redisTimeMs(redis)) + 3_000, 60_000);
    let joined = 0;
    const buyer = async () => {
      while (!until.aborted) {
        await ticketing.waitroom.join({ eventId, userId: `hot-${joined}-${Math.random()}` }, PATIENT);
        joined++;
      }
    };
    await Promise.all(Array.from({ length: HOT_AT_ONCE }, buyer));
    return joined;
  }

  it('lets all buyers of the cold ones in while the crowd of the hot one goes on', async () => {
    const done = new AbortController();
    const hot = hotSale(done.signal);
    const claimed = await coldSales();
    done.abort();
    assert.equal(claimed, COLD * COLD_BUYERS);
    assert.ok((await hot) > COLD * COLD_BUYERS, 'the hot sale was not hot');
  });
});
