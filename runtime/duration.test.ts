import assert from 'node:assert/strict';
import fc from 'fast-check';
import { durationMs, formatDuration, parseDuration } from './duration.ts';

describe('duration', () => {
  it('reads what people write in specs', () => {
    const cases: [string, number][] = [
      ['30s', 30_000],
      ['15m', 900_000],
      ['72h', 259_200_000],
      ['1h30m', 5_400_000],
      ['250ms', 250],
      ['1.5h', 5_400_000],
      ['0', 0],
      ['0s', 0],
    ];
    for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
  });

  it('refuses what is not a duration, with a hint', () => {
    for (const text of ['', '30', 's', '-5m', '5 m', '1d', '1h30', 'm5']) {
      assert.equal(parseDuration(text), undefined, text);
    }
    assert.throws(() => durationMs('1d'), /write it like/);
  });

  it('comes back unchanged from text', () => {
    fc.assert(fc.property(fc.nat(10_000_000_000), (ms) => durationMs(formatDuration(ms)) === ms));
  });
});
