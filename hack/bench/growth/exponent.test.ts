import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fittedExponent } from './exponent.ts';

describe('the fitted exponent', () => {
  it('finds the exponent of a power law', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        (exponent, factor) => {
          const points = [100, 1000, 10_000].map((size) => ({ size, cost: factor * size ** exponent }));
          assert.ok(Math.abs(fittedExponent(points) - exponent) < 1e-6);
        },
      ),
    );
  });

  it('refuses what has no exponent', () => {
    assert.throws(() => fittedExponent([{ size: 10, cost: 1 }]), RangeError);
    assert.throws(
      () =>
        fittedExponent([
          { size: 10, cost: 0 },
          { size: 100, cost: 1 },
        ]),
      RangeError,
    );
  });
});
