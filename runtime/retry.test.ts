import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ManualClock } from './clock.ts';
import { failedPrecondition, unavailable } from './errors.ts';
import { backoffMs, retry } from './retry.ts';

const POLICY = { maxAttempts: 4, initialMs: 100, maxMs: 250 };

describe('retry', () => {
  it('waits longer each time, up to the cap, and returns the first success', async () => {
    const clock = new ManualClock(0);
    const delays: number[] = [];
    let calls = 0;
    const result = retry(
      POLICY,
      async () => {
        if (++calls < 4) throw unavailable('DOWN', 'down');
        return 'up';
      },
      { clock, random: () => 1, onRetry: (_error, _attempt, ms) => delays.push(ms) },
    );
    await clock.advance(1000);
    assert.equal(await result, 'up');
    assert.deepEqual(delays, [100, 200, 250]);
  });

  it('gives up after the last attempt with the last error', async () => {
    const clock = new ManualClock(0);
    let calls = 0;
    const result = assert.rejects(
      retry(POLICY, async () => Promise.reject(unavailable('DOWN', `call ${++calls}`)), { clock }),
      /call 4/,
    );
    await clock.advance(1000);
    await result;
  });

  it('does not retry what the decider refuses', async () => {
    let calls = 0;
    const attempt = retry(
      POLICY,
      async () => {
        calls++;
        throw failedPrecondition('SOLD_OUT', 'no');
      },
      { clock: new ManualClock() },
    );
    await assert.rejects(attempt, { reason: 'SOLD_OUT' });
    assert.equal(calls, 1);
  });

  it('stops waiting when aborted and still tells the real failure', async () => {
    const clock = new ManualClock(0);
    const stop = new AbortController();
    const result = retry(POLICY, () => Promise.reject(unavailable('DOWN', 'down')), { clock, signal: stop.signal });
    const check = assert.rejects(result, { reason: 'DOWN' });
    await clock.advance(1);
    stop.abort();
    await check;
    assert.equal(clock.sleeping, 0);
  });

  it('keeps every delay between half the ceiling and the ceiling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, r) => {
        const ceiling = Math.min(250, 100 * 2 ** Math.min(attempt - 1, 64));
        const ms = backoffMs(POLICY, attempt, () => r);
        return ms >= ceiling / 2 && ms <= ceiling;
      }),
    );
  });
});
