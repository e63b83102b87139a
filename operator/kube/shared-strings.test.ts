import assert from 'node:assert/strict';
import { SharedStrings } from './shared-strings.ts';

describe('texts that objects share', () => {
  it('say the same as before, at every depth', () => {
    const object = { spec: { name: 'a', list: ['b', { deep: 'c', none: null, count: 3 }] }, long: 'x'.repeat(1_000) };
    const before = structuredClone(object);
    const strings = new SharedStrings();
    strings.share(object);
    strings.share(object);
    assert.deepEqual(object, before);
  });

  it('are counted once, and texts that nobody shares do not pile up', () => {
    const strings = new SharedStrings();
    for (let index = 0; index < 100; index++) strings.share({ phase: 'Pending', reason: 'Scheduled' });
    assert.equal(strings.size, 2);
    for (let index = 0; index < 20_000; index++) strings.share([`sale-${index}`]);
    assert.ok(strings.size <= 4_096, `${strings.size}`);
  });
});
