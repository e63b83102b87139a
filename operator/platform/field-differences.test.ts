import assert from 'node:assert/strict';
import { fieldDifferences, partOf } from './field-differences.ts';

describe('fieldDifferences', () => {
  it('names the field and both values', () => {
    const pod = (image: string) => ({ spec: { containers: [{ name: 'user', image }] } });
    assert.equal(fieldDifferences(pod('user:1'), pod('user:2')), 'spec.containers[user].image: user:1 → user:2');
  });

  it('says what comes and what goes, and is not misled by a new first item', () => {
    const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: name })) });
    assert.equal(fieldDifferences(env('B'), env('A', 'B')), 'env[A]: nothing → {"name":"A","value":"A"}');
    assert.equal(fieldDifferences({ a: 1, b: { 'x/y': 2 } }, { b: { 'x/y': 3 } }), 'a: 1 → nothing, b["x/y"]: 2 → 3');
  });

  it('keeps values of Secrets to itself', () => {
    const text = fieldDifferences(
      { data: { password: 'aaa' } },
      { data: { password: 'bbb', more: 'ccc' } },
      { hideValues: true },
    );
    assert.equal(text, 'data.password changes, data.more changes');
  });

  it('shows some and counts the rest', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, index]));
    assert.match(fieldDifferences({}, many, { limit: 2 }), /^f0: nothing → 0, f1: nothing → 1 and 7 more$/);
  });

  it('sees through what others own, in objects and in lists by name', () => {
    const wish = { spec: { containers: [{ name: 'a', image: 'x:1' }] } };
    const before = { spec: { replicas: 4, containers: [{ name: 'side' }, { name: 'a', image: 'evil', tty: true }] } };
    const after = { spec: { replicas: 8, containers: [{ name: 'a', image: 'x:1', tty: true }] } };
    assert.equal(fieldDifferences(partOf(wish, before), partOf(wish, after)), 'spec.containers[a].image: evil → x:1');
    assert.equal(fieldDifferences(partOf(wish, after), partOf(wish, { ...after, status: 1 })), '');
  });

  it('is empty for equal objects', () => assert.equal(fieldDifferences({ a: [1] }, { a: [1] }), ''));
});
