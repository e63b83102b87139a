import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { commitment, numberAt, place } from './permutation.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const seedOf = (text: string) => createHash('sha256').update(text).digest();

describe('permutation', () => {
  it('gives every number a place of its own, for any size', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 700 }), (seed, size) => {
        const places = new Set(Array.from({ length: size }, (_, n) => place(seed, n, size)));
        assert.equal(places.size, size);
        for (const p of places) assert.ok(p >= 0 && p < size);
      }),
    );
  });

  it('can be undone, up to very large queues', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, size, at) => {
          const n = Math.min(size - 1, Math.floor(at * size));
          assert.equal(numberAt(seed, place(seed, n, size), size), n);
        },
      ),
    );
  });

  it('leaves the only buyer first', () => {
    assert.equal(place(seedOf('x'), 0, 1), 0);
    assert.equal(numberAt(seedOf('x'), 0, 1), 0);
  });

  it('favours nobody: over many seeds the first to join gets each place equally often', () => {
    for (const size of [2, 3, 6, 10]) {
      const draws = 4000;
      const counts = new Array<number>(size).fill(0);
      for (let i = 0; i < draws; i++) {
        const p = place(seedOf(`draw ${size} ${i}`), 0, size);
        counts[p] = (counts[p] ?? 0) + 1;
      }
      const expected = draws / size;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // The seeds are fixed, so this cannot flake; 35 is beyond the 99.99th percentile of 9 degrees of freedom.
      assert.ok(chiSquare < 35, `size ${size}: chi-square ${chiSquare.toFixed(1)} ${counts.join(' ')}`);
    }
  });

  it('separates neighbours: places of n and n+1 are unrelated', () => {
    const size = 10_007;
    const seed = seedOf('neighbours');
    let close = 0;
    for (let n = 0; n < 5000; n++) if (Math.abs(place(seed, n, size) - place(seed, n + 1, size)) < size / 100) close++;
    // Two independent places are within 1 % of the size of each other about 2 % of the time: 100 of 5000.
    assert.ok(close > 60 && close < 140, String(close));
  });

  it('keeps these published vectors (a second implementation, in Python, gave the same)', () => {
    const seed = new Uint8Array(32).map((_, i) => i);
    assert.equal(commitment(seed), '630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd');
    assert.deepEqual(
      Array.from({ length: 10 }, (_, n) => place(seed, n, 10)),
      [6, 8, 2, 9, 5, 3, 4, 1, 0, 7],
    );
    assert.deepEqual(
      [0, 1, 999_999].map((n) => place(seed, n, 1_000_000)),
      [592249, 220805, 185362],
    );
  });

  it('refuses what is outside the queue', () => {
    const seed = seedOf('x');
    for (const [n, size] of [
      [-1, 5],
      [5, 5],
      [0.5, 5],
      [0, 0],
      [0, 2 ** 41],
    ] as const) {
      assert.throws(() => place(seed, n, size), RangeError);
    }
    assert.throws(() => place(new Uint8Array(16), 0, 5), /32 bytes/);
  });

  it('reports its speed on a queue of a million', () => {
    const seed = seedOf('speed');
    const start = performance.now();
    for (let n = 0; n < 20_000; n++) place(seed, n, 1_000_000);
    console.log(`      ${((performance.now() - start) / 20).toFixed(1)} ms per 1000 places of 1,000,000`);
  });
});
