import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DueHeap } from './due-heap.ts';

describe('due heap', () => {
  it('gives what a sorted map would give, whatever was set, moved and removed before', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key: fc.nat(30), dueAt: fc.nat(1000) }),
      fc.record({ do: fc.constant('remove' as const), key: fc.nat(30) }),
      fc.record({ do: fc.constant('take' as const), now: fc.nat(1000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const heap = new DueHeap();
        const model = new Map<string, number>();
        for (const step of steps) {
          if (step.do === 'set') {
            heap.set(`k${step.key}`, { priority: 0, dueAt: step.dueAt });
            model.set(`k${step.key}`, step.dueAt);
          } else if (step.do === 'remove') {
            heap.remove(`k${step.key}`);
            model.delete(`k${step.key}`);
          } else {
            const taken = heap.takeDue(step.now);
            const expected = [...model].filter(([, dueAt]) => dueAt <= step.now);
            assert.deepEqual(new Map(taken.map(({ key, dueAt }) => [key, dueAt])), new Map(expected));
            assert.deepEqual(
              taken.map(({ dueAt }) => dueAt),
              taken.map(({ dueAt }) => dueAt).toSorted((a, b) => a - b),
            );
            for (const [key] of expected) model.delete(key);
          }
          assert.equal(heap.size, model.size);
          const earliest = model.size === 0 ? undefined : Math.min(...model.values());
          assert.equal(heap.nextDueAt(), earliest);
        }
      }),
    );
  });
});
