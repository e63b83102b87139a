import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { Naps } from './naps.ts';

describe('naps of quiet rooms', () => {
  const never = new AbortController().signal;

  it('end when their time is over, or when somebody joins that room', async () => {
    const clock = new ManualClock();
    const naps = new Naps(clock);
    const whole = naps.take('a', 500, never);
    naps.end('b');
    await clock.advance(500);
    assert.equal(await whole, false);
    const ended = naps.take('a', 500, never);
    naps.end('a');
    assert.equal(await ended, true);
  });

  it('are not taken when somebody joined since the last one, and only once', async () => {
    const clock = new ManualClock();
    const naps = new Naps(clock);
    naps.end('a');
    naps.end('a');
    assert.equal(await naps.take('a', 500, never), true);
    const next = naps.take('a', 500, never);
    assert.equal(clock.sleeping, 1);
    naps.end('a');
    assert.equal(await next, true);
    naps.end('a');
    naps.forget('a');
    void naps.take('a', 500, never);
    assert.equal(clock.sleeping, 1);
  });

  it('end with the program', async () => {
    const program = new AbortController();
    const nap = new Naps(new ManualClock()).take('a', 500, program.signal);
    program.abort();
    await nap;
  });
});
