import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromIso, fromTimestamp, toIso, toTimestamp } from './timestamp.ts';

describe('timestamp', () => {
  it('comes back from the wire to the millisecond, before 1970 too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), (ms) => fromTimestamp(toTimestamp(ms)) === ms),
    );
  });

  it('comes back from RFC 3339 text', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 42 }), (ms) => fromIso(toIso(ms)) === ms));
    assert.equal(fromIso('2026-05-01T20:00:00+07:00'), Date.UTC(2026, 4, 1, 13));
  });

  it('refuses local times, because nobody knows which instant they mean', () => {
    assert.throws(() => fromIso('2026-05-01T20:00:00'), { reason: 'INVALID_TIME' });
    assert.throws(() => fromIso('2026-13-01T20:00:00Z'), { reason: 'INVALID_TIME' });
    assert.throws(() => fromTimestamp({ seconds: '1', nanos: -1 }, 'opensAt'), { message: /opensAt/ });
  });
});
