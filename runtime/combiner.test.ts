import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { ManualClock } from './clock.ts';
import { Combiner, type CombinerOptions } from './combiner.ts';
import { ServiceError } from './errors.ts';

interface Ask {
  readonly lane: string;
  readonly key: string;
}

function aCombiner(write: CombinerOptions<Ask, string>['write'], options: Partial<CombinerOptions<Ask, string>> = {}) {
  const clock = new ManualClock();
  const batches: number[] = [];
  const combiner = new Combiner<Ask, string>({
    write,
    laneOf: (ask) => ask.lane,
    keyOf: (ask) => ask.key,
    isFaultOfOne: () => false,
    gatherMs: 3,
    maxBatch: 4,
    maxWaiting: 100,
    clock,
    onBatch: (size) => batches.push(size),
    ...options,
  });
  return { combiner, clock, batches };
}
const echo = async (batch: readonly Ask[]) => batch.map(({ key }) => key);

describe('combiner', () => {
  it('writes what arrives within the gathering time together, and gives everyone their own answer', async () => {
    const { combiner, clock, batches } = aCombiner(echo);
    const answers = Promise.all(['a', 'b', 'c'].map((key) => combiner.submit({ lane: 'x', key })));
    await clock.advance(3);
    assert.deepEqual(await answers, ['a', 'b', 'c']);
    assert.deepEqual(batches, [3]);
  });

  it('lets the next batch form while one is being written, without waiting again', async () => {
    const gate = Promise.withResolvers<void>();
    const { combiner, clock, batches } = aCombiner(async (batch) => {
      await gate.promise;
      return echo(batch);
    });
    const first = combiner.submit({ lane: 'x', key: 'a' });
    await clock.advance(3);
    const rest = Promise.all(['b', 'c'].map((key) => combiner.submit({ lane: 'x', key })));
    gate.resolve();
    assert.equal(await first, 'a');
    assert.deepEqual(await rest, ['b', 'c']);
    assert.deepEqual(batches, [1, 2]);
  });

  it('sends the next batch before it answers the last one', async () => {
    const seen: string[] = [];
    const { combiner, clock } = aCombiner(
      async (batch) => {
        seen.push(`write ${batch.map(({ key }) => key).join()}`);
        return echo(batch);
      },
      { maxBatch: 2 },
    );
    const answers = ['a', 'b', 'c', 'd'].map((key) =>
      combiner.submit({ lane: 'x', key }).then((answer) => seen.push(`answer ${answer}`)),
    );
    await clock.advance(3);
    await Promise.all(answers);
    assert.deepEqual(seen, ['write a,b', 'write c,d', 'answer a', 'answer b', 'answer c', 'answer d']);
  });

  it('tells nobody of a batch before it is committed, and writes the next one when that fails', async () => {
    const gate = Promise.withResolvers<void>();
    let batches = 0;
    const { combiner, clock } = aCombiner(
      async (batch) => {
        if (++batches > 1) return echo(batch);
        await gate.promise;
        throw new Error('connection lost');
      },
      { maxBatch: 2 },
    );
    let told = 0;
    const answers = ['a', 'b', 'c'].map((key) => combiner.submit({ lane: 'x', key }).finally(() => told++));
    const settled = Promise.allSettled(answers);
    await clock.advance(3);
    await setImmediate();
    assert.equal(told, 0);
    gate.resolve();
    assert.deepEqual(
      (await settled).map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
    assert.equal(combiner.waiting, 0);
  });

  it('keeps two requests with one key apart', async () => {
    const { combiner, clock, batches } = aCombiner(echo);
    const answers = Promise.all(['a', 'a', 'b'].map((key) => combiner.submit({ lane: 'x', key })));
    await clock.advance(3);
    await answers;
    assert.deepEqual(batches, [2, 1]);
  });

  it('refuses with BUSY, retryable, when too many wait', async () => {
    const { combiner, clock } = aCombiner(echo, { maxWaiting: 1 });
    const first = combiner.submit({ lane: 'x', key: 'a' });
    await assert.rejects(combiner.submit({ lane: 'x', key: 'b' }), (error: unknown) => {
      assert.ok(error instanceof ServiceError);
      return error.reason === 'BUSY' && error.retryable;
    });
    await clock.advance(3);
    assert.equal(await first, 'a');
    assert.equal(combiner.waiting, 0);
  });

  it('refuses only the crowded lane: other lanes keep their share', async () => {
    const { combiner, clock } = aCombiner(echo, { maxWaiting: 8 });
    const busy = (error: unknown) => error instanceof ServiceError && error.reason === 'BUSY';
    const taken = Array.from({ length: 8 }, (_, index) => combiner.submit({ lane: 'hot', key: `hot-${index}` }));
    await assert.rejects(combiner.submit({ lane: 'hot', key: 'one more' }), busy);
    for (const lane of ['cold-1', 'cold-2', 'cold-3']) taken.push(combiner.submit({ lane, key: lane }));
    await assert.rejects(combiner.submit({ lane: 'hot', key: 'one more' }), busy);
    // A fifth lane has a fifth of eight.
    taken.push(combiner.submit({ lane: 'cold-4', key: 'a' }));
    await assert.rejects(combiner.submit({ lane: 'cold-4', key: 'b' }), busy);
    await clock.advance(3);
    assert.equal((await Promise.all(taken)).length, 12);
    assert.equal(combiner.waiting, 0);
  });

  it('does not write for a caller who has gone', async () => {
    const written: string[] = [];
    const { combiner, clock } = aCombiner(async (batch) => {
      written.push(...batch.map(({ key }) => key));
      return echo(batch);
    });
    const gone = new AbortController();
    const first = combiner.submit({ lane: 'x', key: 'a' }, gone.signal);
    const second = combiner.submit({ lane: 'x', key: 'b' });
    gone.abort();
    const refused = assert.rejects(first, /gone/);
    await clock.advance(3);
    await refused;
    assert.equal(await second, 'b');
    assert.deepEqual(written, ['b']);
  });

  it('fails only the guilty one of a batch when the fault is of one', async () => {
    const { combiner, clock } = aCombiner(
      async (batch) => {
        if (batch.some(({ key }) => key === 'bad')) throw new Error('bad input');
        return echo(batch);
      },
      { isFaultOfOne: () => true },
    );
    const answers = Promise.allSettled(['a', 'bad', 'c'].map((key) => combiner.submit({ lane: 'x', key })));
    await clock.advance(3);
    assert.deepEqual(
      (await answers).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });

  it('answers everyone exactly once, in batches within the limit, in order of arrival per lane', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ lane: fc.constantFrom('x', 'y'), at: fc.nat(20) }), { maxLength: 60 }),
        async (asks) => {
          const order: Record<string, number[]> = { x: [], y: [] };
          const { combiner, clock, batches } = aCombiner(async (batch) => {
            for (const { lane, key } of batch) order[lane]?.push(Number(key));
            return echo(batch);
          });
          const sorted = asks.map((ask) => ask).sort((a, b) => a.at - b.at);
          const answers: Promise<string>[] = [];
          for (const [index, ask] of sorted.entries()) {
            const wait = ask.at - clock.monotonic();
            if (wait > 0) await clock.advance(wait);
            answers.push(combiner.submit({ lane: ask.lane, key: String(index) }));
          }
          await clock.advance(10);
          assert.deepEqual(
            await Promise.all(answers),
            sorted.map((_, index) => String(index)),
          );
          assert.ok(batches.every((size) => size >= 1 && size <= 4));
          for (const lane of Object.values(order))
            assert.deepEqual(
              lane,
              [...lane].sort((a, b) => a - b),
            );
        },
      ),
      { numRuns: 50 },
    );
  });
});
