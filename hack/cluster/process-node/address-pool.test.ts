import assert from 'node:assert/strict';
import { AddressPool } from './address-pool.ts';

describe('pod addresses', () => {
  it('are given out in turn, and not again soon after they are free', () => {
    const pool = new AddressPool('127.90.0.0/16');
    const first = pool.take();
    assert.equal(first, '127.90.0.2');
    pool.release(first);
    assert.equal(pool.take(), '127.90.0.3');
  });

  it('stay with pods that had them, unless someone else has them', () => {
    const pool = new AddressPool('127.90.0.0/16');
    assert.equal(pool.take('127.90.1.7'), '127.90.1.7');
    assert.notEqual(pool.take('127.90.1.7'), '127.90.1.7');
    assert.equal(pool.take('10.0.0.9'), '127.90.0.3');
  });
});
