import assert from 'node:assert/strict';
import { ManualClock } from './clock.ts';
import { createReadCache } from './read-cache.ts';

describe('read cache', () => {
  const setUp = (fail = false) => {
    const clock = new ManualClock();
    let reads = 0;
    const read = async (id: string) => {
      reads++;
      if (fail) throw new Error('away');
      return `${id} ${reads}`;
    };
    const cache = createReadCache({ read, clock, maxAgeMs: 1000, maxEntries: 2 });
    return { clock, cache, reads: () => reads };
  };

  it('reads once for many and again when a second has passed', async () => {
    const { clock, cache, reads } = setUp();
    assert.deepEqual(await Promise.all(['a', 'a', 'a'].map((id) => cache.get(id))), ['a 1', 'a 1', 'a 1']);
    await clock.advance(999);
    assert.equal(await cache.get('a'), 'a 1');
    await clock.advance(1);
    assert.equal(await cache.get('a'), 'a 2');
    assert.equal(reads(), 2);
  });

  it('sees its own writes at once and never keeps a failure', async () => {
    const { cache } = setUp();
    assert.equal(await cache.get('a'), 'a 1');
    cache.forget('a');
    assert.equal(await cache.get('a'), 'a 2');
    const broken = setUp(true);
    await assert.rejects(broken.cache.get('a'));
    await assert.rejects(broken.cache.get('a'));
    assert.equal(broken.reads(), 2);
  });

  it('keeps no more than it may', async () => {
    const { cache, reads } = setUp();
    for (const id of ['a', 'b', 'c']) await cache.get(id);
    await cache.get('a');
    assert.equal(reads(), 4);
  });
});
