import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonicalHash } from './canonical-hash.ts';

describe('canonical hash', () => {
  it('does not depend on the order of keys, at any depth', () => {
    const reversed = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(reversed);
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, reversed(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonicalHash(reversed(value)), canonicalHash(value));
      }),
    );
  });

  it('is equal exactly where the values are', () => {
    const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (one, other) => {
        assert.equal(canonicalHash(one) === canonicalHash(other), isDeepStrictEqual(sent(one), sent(other)));
      }),
    );
  });

  it('takes undefined as JSON does: absent as a member, null as an item', () => {
    assert.equal(canonicalHash({ a: 1, b: undefined }), canonicalHash({ a: 1 }));
    assert.equal(canonicalHash([undefined, 1]), canonicalHash([null, 1]));
    assert.notEqual(canonicalHash({}), canonicalHash([]));
    assert.notEqual(canonicalHash({ a: [] }), canonicalHash({ a: [''] }));
  });

  it('stays what it was: events that repeat are found by it again', () => {
    assert.equal(canonicalHash({ b: [1, 'x', { d: null, c: true }], a: 'é"' }), 'KnJ8LLbIetpJD2cQAjpuus');
  });
});
