import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import type { Redis } from '#runtime/redis.ts';
import { addressKey, SharedRate } from './shared-rate.ts';

/** The two commands, as Redis answers them; test/integration/services-front has the real one. */
function counters() {
  const kept = new Map<string, number>();
  const redis = {
    status: 'ready' as Redis['status'],
    async incrby(key: string, by: number) {
      kept.set(key, (kept.get(key) ?? 0) + Number(by));
      return kept.get(key) ?? 0;
    },
    pexpire: async () => 1,
  };
  return { kept, redis };
}

describe('rates shared by gateways', () => {
  const log = silentLogger();
  const allowed = (rate: SharedRate, times: number, max: number) =>
    Array.from({ length: times }, () => rate.take('a', max)).filter((wait) => wait === undefined).length;

  it('holds a limit by itself and says how long to wait', async () => {
    const clock = new ManualClock(60_000 * 100);
    const rate = new SharedRate({ ...counters(), clock, log });
    assert.equal(allowed(rate, 5, 3), 3);
    await clock.advance(15_000);
    assert.equal(rate.take('a', 3), 45_000);
    assert.equal(rate.take('b', 3), undefined);
    await clock.advance(45_000);
    assert.equal(allowed(rate, 5, 3), 3, 'a new minute');
  });

  it('knows what the others let pass once both have told', async () => {
    const clock = new ManualClock(60_000 * 100);
    const { redis, kept } = counters();
    const [one, two] = [new SharedRate({ redis, clock, log }), new SharedRate({ redis, clock, log })];
    assert.equal(allowed(one, 6, 10), 6);
    assert.equal(allowed(two, 3, 10), 3);
    await one.tell();
    await two.tell();
    assert.deepEqual([...kept.values()], [9]);
    assert.equal(allowed(two, 5, 10), 1);
    await two.tell();
    assert.equal(allowed(one, 5, 10), 4, 'the first has not heard yet; the overrun is what fits into one interval');
    await one.tell();
    assert.equal(allowed(one, 5, 10), 0);
  });

  it('keeps its counts while Redis fails, and tells them afterwards', async () => {
    const clock = new ManualClock(60_000 * 100);
    const { redis, kept } = counters();
    const rate = new SharedRate({ redis, clock, log });
    allowed(rate, 4, 10);
    const { incrby } = redis;
    redis.incrby = () => Promise.reject(new Error('away'));
    await rate.tell();
    assert.equal(allowed(rate, 10, 10), 6);
    redis.incrby = incrby;
    await rate.tell();
    assert.deepEqual([...kept.values()], [10]);
  });

  it('counts an IPv6 network as one', () => {
    assert.equal(addressKey('203.0.113.9'), '203.0.113.9');
    assert.equal(addressKey('::ffff:203.0.113.9'), '203.0.113.9');
    assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(addressKey('2001:DB8:0001:2::9'), '2001:db8:1:2');
    assert.equal(addressKey('2001:db8::9'), '2001:db8:0:0');
    assert.equal(addressKey('::1'), '0:0:0:0');
  });
});
