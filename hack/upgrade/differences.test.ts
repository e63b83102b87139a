import assert from 'node:assert/strict';
import { differences } from './differences.ts';

describe('differences', () => {
  it('are none between equal values, whatever the order of their keys', () => {
    assert.deepEqual(differences({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }), []);
  });

  it('name the path and both values', () => {
    assert.deepEqual(differences({ a: [{ b: 1 }, 2] }, { a: [{ b: 3 }], c: 'x' }), [
      'a.0.b: 1 → 3',
      'a.1: 2 → absent',
      'c: absent → "x"',
    ]);
  });
});
