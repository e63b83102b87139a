import assert from 'node:assert/strict';
import { noStreamLeft } from './stream-share.ts';

describe('the share of streams of a room', () => {
  it('is all of them for a room that is alone', () => {
    assert.equal(noStreamLeft({ max: 100, open: 99, rooms: 1, inRoom: 99 }), false);
    assert.equal(noStreamLeft({ max: 100, open: 100, rooms: 1, inRoom: 100 }), true);
  });

  it('leaves the last tenth to rooms with less than their equal share', () => {
    assert.equal(noStreamLeft({ max: 100, open: 89, rooms: 2, inRoom: 87 }), false);
    assert.equal(noStreamLeft({ max: 100, open: 90, rooms: 2, inRoom: 88 }), true);
    assert.equal(noStreamLeft({ max: 100, open: 90, rooms: 2, inRoom: 2 }), false);
    assert.equal(noStreamLeft({ max: 100, open: 99, rooms: 2, inRoom: 11 }), false);
  });

  it('counts a room that nobody listens to yet', () => {
    assert.equal(noStreamLeft({ max: 100, open: 95, rooms: 1, inRoom: 0 }), false);
  });

  it('never gives out more than there are', () => {
    assert.equal(noStreamLeft({ max: 100, open: 100, rooms: 50, inRoom: 0 }), true);
  });
});
