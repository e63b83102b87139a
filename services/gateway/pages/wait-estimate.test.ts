import assert from 'node:assert/strict';
import fc from 'fast-check';

interface Estimate {
  hear(ms: number, served: number): void;
  forget(): void;
  minutes(places: number, tickRate: number): readonly [number, number] | undefined;
}
// A script of a page: TypeScript does not look at those.
const file = new URL('./wait-estimate.js', import.meta.url).href;
const { createWaitEstimate } = (await import(file)) as { readonly createWaitEstimate: () => Estimate };

const START = Date.UTC(2027, 0, 10);
/** Watches a room that lets in `perSecond` for so long, a tick each second. */
function watched(perSecond: number, seconds: number): Estimate {
  const estimate = createWaitEstimate();
  for (let s = 0; s <= seconds; s++) estimate.hear(START + s * 1000, Math.floor(s * perSecond));
  return estimate;
}

describe('how long a buyer still waits', () => {
  it('is a range that holds the truth, at any steady rate, whatever the last ticks say', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        fc.integer({ min: 60, max: 300 }),
        fc.integer({ min: 1, max: 100_000 }),
        (perSecond, seconds, places) => {
          const [from, to] = watched(perSecond, seconds).minutes(places, 0.02) ?? assert.fail();
          const truth = places / perSecond / 60;
          assert.ok(from <= Math.max(1, truth) && truth <= to, `${from} to ${to} minutes for ${truth}`);
        },
      ),
    );
  });

  it('does not jump in a room that lets in one every ten seconds', () => {
    // Ten minutes in truth. By the ticks of such a room it would be 4 at one moment and 30 at another.
    for (let seconds = 40; seconds < 100; seconds++) {
      const [from, to] = watched(0.1, seconds).minutes(60, 0) ?? assert.fail();
      assert.ok(from >= 7 && from <= 8 && to >= 16 && to <= 20, `${from} to ${to} after ${seconds} s`);
    }
  });

  it('goes by the tick while it has watched too little, and says nothing of a room that does not move', () => {
    assert.deepEqual(watched(1, 3).minutes(600, 10), [1, 2]);
    assert.equal(watched(1, 3).minutes(1, 0.1), undefined, 'one was let in just now, and that is all that is known');
    assert.deepEqual(watched(1, 30).minutes(10, 0), [0, 1]);
    assert.equal(watched(0, 60).minutes(600, 10), undefined);
    assert.equal(createWaitEstimate().minutes(600, 0), undefined);
  });

  it('looks back a minute and a half, and not beyond a pause', () => {
    const slower = watched(10, 60);
    for (let s = 61; s <= 200; s++) slower.hear(START + s * 1000, 600 + (s - 60));
    assert.deepEqual(slower.minutes(600, 0), [8, 13]);
    slower.forget();
    assert.equal(slower.minutes(600, 0), undefined);
  });

  it('hears late and repeated ticks once', () => {
    const estimate = watched(1, 60);
    for (const s of [60, 30, 0]) estimate.hear(START + s * 1000, 0);
    assert.deepEqual(estimate.minutes(600, 0), [8, 13]);
  });
});
