import assert from 'node:assert/strict';
import { clockLine } from './waitroom-gate.ts';

const measured = (offsetMs: number, roundTripMs = 0) =>
  clockLine({ fields: undefined, listed: false, offsetMs, roundTripMs });

describe('the clock of the operator against that of Redis', () => {
  it('is told above a quarter of a second, and arms nothing above two, in both directions', () => {
    for (const sign of [1, -1]) {
      assert.deepEqual(measured(sign * 250), {
        what: 'clock',
        want: 'within 2000 ms of Redis',
        have: 'within 250 ms',
        ready: true,
      });
      const off = measured(sign * 300);
      assert.equal(off.have, `${sign * 300} ms off`);
      assert.equal(off.ready, true);
      assert.equal(measured(sign * 2_000).ready, true);
      const wrong = measured(sign * 2_050);
      assert.equal(wrong.ready, false);
      assert.match(wrong.message ?? '', /synchronise the clocks/);
    }
  });

  it('is not blamed for a slow answer, nor believed when there is none', () => {
    assert.equal(measured(2_400, 1_000).ready, true);
    assert.equal(measured(2_600, 1_000).ready, false);
    assert.deepEqual([clockLine(undefined).ready, clockLine(undefined).have], [false, 'unknown']);
  });
});
