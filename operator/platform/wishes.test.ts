import assert from 'node:assert/strict';
import { Wishes } from './wishes.ts';

const change = { target: 'Service tb-user', action: 'create', reason: 'was deleted' } as const;

describe('what the leader before wanted', () => {
  const stored = (key = 'k', objects: readonly string[] = ['a', 'b']) => {
    const wishes = new Wishes(key);
    wishes.stands('TopicsReady', 'topics');
    for (const wish of objects) wishes.applied('WorkloadsReady', wish);
    return wishes.toStore();
  };
  const next = (before: ReturnType<typeof stored>, objects: readonly string[], key: string | undefined = 'k') => {
    const wishes = new Wishes(key, before);
    for (const wish of objects) wishes.applied('WorkloadsReady', wish, change);
    return wishes;
  };

  it('is known again by the same key, in whatever order it comes, and tells nothing to others', () => {
    const before = stored();
    assert.deepEqual(stored('k', ['b', 'a', 'a']), before);
    assert.notDeepEqual(stored('other'), before);
    assert.ok(next(before, []).stood('TopicsReady', 'topics'));
    assert.ok(!next(before, []).stood('TopicsReady', 'other topics'));
    assert.ok(!next(before, []).stood('TemporalReady', 'topics'));
    assert.ok(!next(before, [], 'other').stood('TopicsReady', 'topics'));
  });

  it('makes a mended object drift only when all of its concern is wanted as before', () => {
    const before = stored();
    assert.deepEqual(next(before, ['b', 'a']).mended(), [{ concern: 'WorkloadsReady', changes: [change, change] }]);
    assert.deepEqual(next(before, ['a', 'c']).mended(), []);
    assert.deepEqual(next(before, ['a']).mended(), []);
    assert.deepEqual(next([], ['a', 'b']).mended(), []);
  });

  it('is neither kept nor believed without a key', () => {
    const wishes = new Wishes(undefined, stored());
    wishes.stands('TopicsReady', 'topics');
    assert.deepEqual(wishes.toStore(), []);
    assert.ok(!wishes.stood('TopicsReady', 'topics'));
  });
});
