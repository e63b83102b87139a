import assert from 'node:assert/strict';
import fc from 'fast-check';
import { numberOf, parseSnapshot, placeOf, roomState, tickIntervalMs } from './snapshot.ts';
import { isNewer, tickOf, wireTick } from './tick.ts';

const fields = (of: Record<string, string>) => Object.entries(of).flat();
const gate = {
  preQueueAtMs: '1000',
  opensAtMs: '2000',
  closesAtMs: '3000',
  seed: 'ab'.repeat(32),
  seedCommitment: 'promise',
};
const at = (nowMs: number, room: Record<string, string> = {}, more: Record<string, string> = {}) =>
  parseSnapshot([String(nowMs), 3, 1, '0', 0, fields({ ...gate, ...more }), fields({ epoch: '7', ...room })]);
const drawn = { openedAtMs: '2000', shuffledCount: '5', seed: 'ab'.repeat(32), commitment: 'promise' };

describe('snapshot of a room', () => {
  it('turns numbers into places and back, one to one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.uint8Array({ minLength: 32, maxLength: 32 }), (count, bytes) => {
        const draw = { shuffledCount: count, seed: Buffer.from(bytes).toString('hex') };
        const places = Array.from({ length: count + 3 }, (_, i) => placeOf(i + 1, draw));
        assert.deepEqual(
          [...places].sort((a, b) => a - b),
          places.map((_, i) => i + 1),
        );
        for (const [i, place] of places.entries()) assert.equal(numberOf(place, draw), i + 1);
        assert.equal(places.at(-1), count + 3, 'who comes after the draw keeps the order of coming');
      }),
      { numRuns: 25 },
    );
  });

  it('says the state by Redis time, and OPEN only once the draw stands', () => {
    assert.equal(roomState(parseSnapshot(['1', 0, 0, '0', 0, [], []])), 'NOT_ARMED');
    assert.equal(roomState(at(999)), 'NOT_ARMED');
    assert.equal(roomState(at(1000)), 'PRE_QUEUE');
    assert.equal(roomState(at(2001)), 'PRE_QUEUE', 'nobody has run the draw yet');
    assert.equal(roomState(at(2001, drawn)), 'OPEN');
    assert.equal(roomState(at(2001, drawn, { paused: '1' })), 'PAUSED');
    assert.equal(roomState(at(1999, drawn)), 'PAUSED', 'the opening was moved after the draw');
    assert.equal(roomState(at(2001, { ...drawn, soldOut: '1' })), 'SOLD_OUT');
    assert.equal(roomState(at(3000, drawn)), 'CLOSED');
  });

  it('keeps the seed to itself until the draw, and the promise of the draw afterwards', () => {
    assert.equal(tickOf('e', at(1500)).seed, undefined);
    assert.equal(tickOf('e', at(1500)).seedCommitment, 'promise');
    const replaced = at(2500, drawn, { seed: 'cd'.repeat(32), seedCommitment: 'another' });
    assert.equal(tickOf('e', replaced).seedCommitment, 'promise');
    assert.equal(tickOf('e', replaced).seed, drawn.seed);
    assert.equal(wireTick(tickOf('e', at(2500, drawn))).state, 'ROOM_STATE_OPEN');
  });

  it('slows ticks down as more people listen, and knows old ones', () => {
    const intervals = [0, 500, 501, 100_000, 500_000, 5_000_000].map(tickIntervalMs);
    assert.deepEqual(intervals, [500, 500, 1000, 1000, 2000, 5000]);
    assert.equal(isNewer(tickOf('e', at(1600)), tickOf('e', at(1500))), true);
    assert.equal(isNewer(tickOf('e', at(1500)), tickOf('e', at(1500))), false);
  });
});
