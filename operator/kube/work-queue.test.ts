import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ManualClock } from '#runtime/clock.ts';
import { Registry } from '#runtime/metrics.ts';
import { MAX_WAIT_MS, PRIORITY, WorkQueue } from './work-queue.ts';

function aQueue(options: { backoffBaseMs?: number; backoffMaxMs?: number } = {}) {
  const clock = new ManualClock();
  const metrics = new Registry();
  return { clock, metrics, queue: new WorkQueue({ name: 'test', clock, metrics, ...options }) };
}

/** What take() would give right now, without waiting. */
async function takeNow(queue: WorkQueue): Promise<string | undefined> {
  return queue.length === 0 ? undefined : await queue.take();
}

describe('work queue', () => {
  it('merges a key added many times while it waits', async () => {
    const { queue } = aQueue();
    queue.add('a');
    queue.add('a');
    queue.add('b');
    queue.add('a');
    assert.equal(await queue.take(), 'a');
    assert.equal(await queue.take(), 'b');
    assert.equal(queue.length, 0);
  });

  it('gives a key added during its work out again, after the work and once', async () => {
    const { queue } = aQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    assert.equal(queue.length, 0);
    queue.done('a');
    assert.equal(queue.length, 1);
    assert.equal(await queue.take(), 'a');
    queue.done('a');
    assert.equal(queue.length, 0);
  });

  it('wakes a waiting taker at the due time and not before', async () => {
    const { queue, clock } = aQueue();
    queue.add('late', { afterMs: 1000 });
    let taken: string | undefined;
    void queue.take().then((key) => {
      taken = key;
    });
    await clock.advance(999);
    assert.equal(taken, undefined);
    await clock.advance(1);
    assert.equal(taken, 'late');
  });

  it('lets the earliest of several due times win, in whatever order they were asked for', async () => {
    for (const delays of [
      [5000, 100],
      [100, 5000],
    ]) {
      const { queue, clock } = aQueue();
      for (const afterMs of delays) queue.add('a', { afterMs });
      await clock.advance(100);
      assert.equal(await takeNow(queue), 'a');
      queue.done('a');
      await clock.advance(10_000);
      assert.equal(await takeNow(queue), undefined, 'the later wish was merged, not kept');
    }
  });

  it('lets nothing age before anybody takes: who begins after hours takes the most urgent first', async () => {
    const { queue, clock } = aQueue();
    queue.add('sweep', { priority: PRIORITY.low });
    await clock.advance(3_600_000);
    queue.add('sale', { priority: PRIORITY.high });
    assert.equal(await queue.take(), 'sale');
    await clock.advance(60_000);
    queue.add('another sale', { priority: PRIORITY.high });
    assert.equal(await queue.take(), 'sweep', 'from then on it has waited');
  });

  it('comes back after an hour from a wait of thirty days', async () => {
    const { queue, clock } = aQueue();
    queue.add('sale', { afterMs: 30 * 24 * 3_600_000 });
    await clock.advance(MAX_WAIT_MS - 1);
    assert.equal(await takeNow(queue), undefined);
    await clock.advance(1);
    assert.equal(await takeNow(queue), 'sale');
  });

  it('doubles the wait after each failure up to its limit, and starts over after a success', () => {
    const { queue } = aQueue({ backoffBaseMs: 5, backoffMaxMs: 100 });
    const waits = Array.from({ length: 7 }, () => queue.addAfterFailure('a'));
    assert.deepEqual(waits, [5, 10, 20, 40, 80, 100, 100]);
    assert.equal(queue.addAfterFailure('b'), 5, 'keys fail apart from each other');
    queue.forget('a');
    assert.equal(queue.addAfterFailure('a'), 5);
  });

  it('serves high before normal before low, and oldest first within one priority', async () => {
    const { queue } = aQueue();
    queue.add('low', { priority: PRIORITY.low });
    queue.add('n1');
    queue.add('n2');
    queue.add('high', { priority: PRIORITY.high });
    const order = [await queue.take(), await queue.take(), await queue.take(), await queue.take()];
    assert.deepEqual(order, ['high', 'n1', 'n2', 'low']);
  });

  it('raises a waiting key when a more urgent wish for it comes', async () => {
    const { queue } = aQueue();
    queue.add('a', { priority: PRIORITY.low });
    queue.add('b');
    queue.add('a', { priority: PRIORITY.high });
    assert.equal(await queue.take(), 'a');
    assert.equal(queue.length, 1);
  });

  it('does not let a stream of normal keys starve a low one', async () => {
    const { queue, clock } = aQueue();
    queue.add('low', { priority: PRIORITY.low });
    let servedAfter: number | undefined;
    for (let round = 0; round < 400 && servedAfter === undefined; round++) {
      queue.add(`n${round}`);
      await clock.advance(100);
      const key = await queue.take();
      if (key === 'low') servedAfter = round;
      if (key !== undefined) queue.done(key);
    }
    assert.ok(servedAfter !== undefined, 'the low key was never served');
    assert.ok(servedAfter > 20, 'priority means something');
  });

  it('releases waiting takers when it is closed and takes nothing more', async () => {
    const { queue } = aQueue();
    const waiting = queue.take();
    queue.close();
    assert.equal(await waiting, undefined);
    queue.add('a');
    assert.equal(await queue.take(), undefined);
  });

  it('shows depth, waits and retries under the names that dashboards know', async () => {
    const { queue, clock, metrics } = aQueue();
    queue.add('first');
    queue.done((await queue.take()) ?? '');
    queue.add('a');
    queue.add('b', { priority: PRIORITY.high });
    await clock.advance(2000);
    await queue.take();
    queue.addAfterFailure('x');
    const text = await metrics.metrics();
    assert.match(text, /workqueue_depth\{name="test",controller="test",priority="0"\} 1/);
    assert.match(text, /workqueue_adds_total\{name="test",controller="test"\} 4/);
    assert.match(text, /workqueue_retries_total\{name="test",controller="test"\} 1/);
    assert.match(text, /workqueue_queue_duration_seconds_sum\{name="test",controller="test"\} 2/);
    assert.match(text, /workqueue_longest_running_processor_seconds\{name="test",controller="test"\} 0/);
  });

  type Step =
    | { do: 'add'; key: string; afterMs: number; priority: number }
    | { do: 'fail'; key: string }
    | { do: 'take' }
    | { do: 'done'; which: number }
    | { do: 'pass'; ms: number };

  const aKey = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const aStep: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      do: fc.constant('add' as const),
      key: aKey,
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5000 })),
      priority: fc.constantFrom(PRIORITY.low, PRIORITY.normal, PRIORITY.high),
    }),
    fc.record({ do: fc.constant('fail' as const), key: aKey }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('done' as const), which: fc.nat(4) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
  );

  it('never gives a key to two workers, never early, and never loses a wish', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 60 }), async (steps) => {
        const { queue, clock } = aQueue({ backoffMaxMs: 2000 });
        const inWork: string[] = [];
        /** Earliest instant at which each wished key may be given out. */
        const wishes = new Map<string, number>();
        const wish = (key: string, dueAt: number) => wishes.set(key, Math.min(dueAt, wishes.get(key) ?? dueAt));
        const take = async () => {
          const key = await takeNow(queue);
          if (key === undefined) return;
          assert.ok(!inWork.includes(key), `${key} was given out twice`);
          const dueAt = wishes.get(key);
          assert.ok(dueAt !== undefined, `${key} was given out without a wish`);
          assert.ok(clock.monotonic() >= dueAt, `${key} was given out early`);
          wishes.delete(key);
          inWork.push(key);
        };

        for (const step of steps) {
          if (step.do === 'add') {
            queue.add(step.key, step);
            wish(step.key, clock.monotonic() + step.afterMs);
          } else if (step.do === 'fail') {
            wish(step.key, clock.monotonic() + queue.addAfterFailure(step.key));
          } else if (step.do === 'take') {
            await take();
          } else if (step.do === 'done') {
            const [key] = inWork.splice(step.which, 1);
            if (key !== undefined) queue.done(key);
          } else {
            await clock.advance(step.ms);
          }
        }

        // Once all work has ended and all times have come, every wish is granted and nothing is left over.
        for (const key of inWork.splice(0)) queue.done(key);
        await clock.advance(10_000);
        while (queue.length > 0) {
          await take();
          for (const key of inWork.splice(0)) queue.done(key);
        }
        assert.deepEqual([...wishes.keys()], [], 'wishes were lost');
        assert.equal(queue.delayedCount, 0);
        queue.close();
      }),
      { numRuns: 300 },
    );
  });
});
