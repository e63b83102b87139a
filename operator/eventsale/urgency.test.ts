import assert from 'node:assert/strict';
import { PRIORITY, WorkQueue } from '#operator/kube/work-queue.ts';
import { ManualClock } from '#runtime/clock.ts';
import { Registry } from '#runtime/metrics.ts';
import { urgencyOf } from './urgency.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const opening = (minutes: number, phase: 'Pending' | 'Open' = 'Pending') => ({
  status: { phase, nextTransition: { phase: 'Open', at: new Date(NOW + minutes * 60_000).toISOString() } },
});

describe('urgency of a sale', () => {
  it('is high near a boundary and while doors are open, low for what a list brought along', () => {
    assert.equal(urgencyOf(opening(10), NOW), PRIORITY.high);
    assert.equal(urgencyOf(opening(-5), NOW, 'list'), PRIORITY.high, 'a boundary that is overdue');
    assert.equal(urgencyOf(opening(600, 'Open'), NOW, 'list'), PRIORITY.high);
    assert.equal(urgencyOf(opening(600), NOW), PRIORITY.normal);
    assert.equal(urgencyOf(opening(600), NOW, 'list'), PRIORITY.low);
    assert.equal(urgencyOf(undefined, NOW), PRIORITY.normal);
    assert.equal(urgencyOf({}, NOW), PRIORITY.normal, 'a sale that is new');
  });

  it('brings the hot sale to the front of a thousand others after a restart, and nobody waits for ever', async () => {
    const clock = new ManualClock(NOW);
    const queue = new WorkQueue({ name: 'test', clock, metrics: new Registry() });
    for (let n = 0; n < 1_000; n++) queue.add(`cold-${n}`, { priority: urgencyOf(opening(600), NOW, 'list') });
    await clock.advance(3_000);
    queue.add('hot', { priority: urgencyOf(opening(10), NOW, 'list') });
    assert.equal(await queue.take(), 'hot');
    // One hot sale after another, each second: a cold one still gets its turn.
    let turns = 0;
    for (let second = 0; second < 60 && turns === 0; second++) {
      await clock.advance(1_000);
      queue.add(`hot-${second}`, { priority: PRIORITY.high });
      const key = (await queue.take()) ?? '';
      if (key.startsWith('cold')) turns += 1;
      queue.done(key);
    }
    assert.equal(turns, 1);
  });
});
