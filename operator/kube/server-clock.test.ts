import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ServerClock } from './server-clock.ts';

const T = Date.parse('2027-01-10T03:00:00Z');

/** An answer as a server gives it whose clock is so far from ours; a second has its own fraction on each side. */
function ask(clock: ServerClock, offsetMs: number, sentMs: number, { tookMs = 4, monotonicMs = sentMs - T } = {}) {
  const judgedAt = sentMs + tookMs / 2 + offsetMs;
  clock.answered(new Date(judgedAt).toUTCString(), sentMs, sentMs + tookMs, monotonicMs);
}

describe('the clock of the API server', () => {
  it('is nothing before the first answer, and never said to be further off than it is', () => {
    assert.equal(new ServerClock().offsetMs(), undefined);
    const offsets = fc.integer({ min: -100_000, max: 100_000 });
    const moments = fc.array(fc.tuple(fc.nat(59_000), fc.nat(900)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(offsets, moments, (offsetMs, asked) => {
        const clock = new ServerClock();
        for (const [at, tookMs] of asked.sort(([a], [b]) => a - b)) ask(clock, offsetMs, T + at, { tookMs });
        const told = clock.offsetMs() ?? Number.NaN;
        assert.ok(Math.abs(told) <= Math.abs(offsetMs) && told * offsetMs >= 0, `${told} for ${offsetMs}`);
      }),
    );
  });

  it('is known to some tens of milliseconds after answers all over a second', () => {
    for (const offsetMs of [-3_000, -400, 300, 75_000]) {
      const clock = new ServerClock();
      for (let answer = 0; answer < 50; answer++) ask(clock, offsetMs, T + answer * 1_020);
      const told = clock.offsetMs() ?? Number.NaN;
      assert.ok(Math.abs(told - offsetMs) <= 30, `${told} for ${offsetMs}`);
    }
  });

  it('is learned anew when it was set, and stays known from one minute to the next', () => {
    const clock = new ServerClock();
    for (let answer = 0; answer < 100; answer++) ask(clock, 5_000, T + answer * 1_020);
    assert.ok((clock.offsetMs() ?? 0) > 4_950);
    ask(clock, 0, T + 103_000);
    assert.equal(clock.offsetMs(), 0);
  });

  it('takes nothing from an answer without a date, or across a step of our own clock', () => {
    const clock = new ServerClock();
    clock.answered(undefined, T, T + 1, 0);
    clock.answered('soon', T, T + 1, 0);
    clock.answered(new Date(T).toUTCString(), T, T - 9_000, 0);
    assert.equal(clock.offsetMs(), undefined);
  });
});
