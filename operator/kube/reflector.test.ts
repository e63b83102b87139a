import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { KubeApiError, KubeConnectionError } from './api-error.ts';
import type { KubeClient, PageOptions, WatchOptions } from './client.ts';
import { reflect } from './reflector.ts';
import { CONFIG_MAP, type KubeObject } from './resource.ts';
import type { WatchEvent } from './watch-lines.ts';

const MINUTE = 60_000;

/** A server of which the test decides when a watch says something and when it ends. */
function aReflector({
  endAtOnce = false,
  listing = () => ({}),
  goneAtOnce = false,
}: {
  endAtOnce?: boolean;
  /** How long the n-th list takes, and how it fails if it does. */
  listing?: (n: number) => { ms?: number; error?: Error };
  goneAtOnce?: boolean;
} = {}) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const lists: number[] = [];
  const watches: {
    at: number;
    from: string;
    push: (event: WatchEvent<KubeObject>) => void;
    end: () => void;
    breakOff: () => void;
  }[] = [];

  const client = {
    async listPage(_resource: unknown, opts: PageOptions) {
      lists.push(clock.monotonic());
      const { ms, error } = listing(lists.length);
      if (ms !== undefined) await clock.sleep(ms, opts.signal);
      if (error !== undefined) throw error;
      return { items: [], resourceVersion: String(100 * lists.length), continueToken: undefined };
    },
    async *watch(_resource: unknown, { resourceVersion, signal }: WatchOptions) {
      if (goneAtOnce) throw new KubeApiError('WATCH', 410, {});
      let wake = () => {};
      const queue: (WatchEvent<KubeObject> | 'end' | 'reset')[] = endAtOnce ? ['end'] : [];
      const add = (item: WatchEvent<KubeObject> | 'end' | 'reset') => {
        queue.push(item);
        wake();
      };
      signal?.addEventListener('abort', () => wake());
      watches.push({
        at: clock.monotonic(),
        from: resourceVersion,
        push: add,
        end: () => add('end'),
        breakOff: () => add('reset'),
      });
      for (;;) {
        signal?.throwIfAborted();
        const item = queue.shift();
        if (item === 'end') return;
        if (item === 'reset') throw new Error('ECONNRESET');
        if (item !== undefined) yield item;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  } as unknown as KubeClient; // The only two that a reflector calls.

  const running = reflect(
    {
      client,
      clock,
      log: silentLogger(),
      metrics: new Registry(),
      resource: CONFIG_MAP,
      mirror: { replace: () => ({ missed: 0 }), set: () => {}, delete: () => {} },
      onSynced: () => {},
      random: () => 0.5,
    },
    stop.signal,
  );
  return {
    clock,
    lists,
    watches,
    stop: async () => {
      stop.abort();
      await clock.advance(1);
      await running;
    },
  };
}

const bookmark = (resourceVersion: string): WatchEvent<KubeObject> => ({
  type: 'BOOKMARK',
  object: { metadata: { name: '', resourceVersion } },
});

describe('reflector over time', () => {
  it('gives a silent watch up after 90 seconds and resumes it', async () => {
    const { clock, watches, lists, stop } = aReflector();
    await clock.advance(89_000);
    assert.equal(watches.length, 1);
    await clock.advance(5_000);
    assert.equal(watches.length, 2);
    assert.equal(watches[1]?.from, '100');
    assert.equal(lists.length, 1);
    await stop();
  });

  it('keeps a watch that has only bookmarks, and lists again after ten minutes to check', async () => {
    const { clock, watches, lists, stop } = aReflector();
    for (let minute = 1; minute <= 9; minute++) {
      await clock.advance(MINUTE);
      watches.at(-1)?.push(bookmark(String(100 + minute)));
    }
    await clock.advance(1);
    assert.deepEqual([watches.length, lists.length], [1, 1]);
    await clock.advance(MINUTE);
    watches.at(-1)?.push(bookmark('111'));
    await clock.advance(10);
    assert.deepEqual([watches.length, lists.length], [2, 2]);
    await stop();
  });

  it('resumes at once a watch that the server ended after a healthy life', async () => {
    const { clock, watches, stop } = aReflector();
    await clock.advance(6_000);
    watches[0]?.end();
    await clock.advance(1);
    assert.equal(watches.length, 2);
    assert.ok((watches[1]?.at ?? 0) <= 6_001);
    await stop();
  });

  it('resumes within a tenth of a second a healthy watch whose connection was lost, and waits when it is lost again', async () => {
    const { clock, watches, stop } = aReflector();
    await clock.advance(6_000);
    watches[0]?.breakOff();
    await clock.advance(1);
    await clock.advance(50);
    assert.equal(watches.length, 2);
    watches[1]?.breakOff();
    await clock.advance(1);
    await clock.advance(400);
    assert.equal(watches.length, 2, 'the second loss in a row has to wait');
    await clock.advance(2_000);
    assert.equal(watches.length, 3);
    await stop();
  });

  it('backs off from a server that ends every watch at once', async () => {
    const { clock, watches, lists, stop } = aReflector({ endAtOnce: true });
    await clock.advance(MINUTE);
    const gaps = watches.slice(1).map(({ at }, index) => at - (watches[index]?.at ?? 0));
    assert.deepEqual(gaps.slice(0, 4), [600, 1200, 2400, 4800]);
    assert.ok(watches.length < 10);
    assert.equal(lists.length, 1);
    await stop();
  });

  for (const [how, error] of [
    ['no answer', new KubeConnectionError('LIST', new Error('late'), true)],
    ['503', new KubeApiError('LIST', 503, {})],
  ] as const)
    it(`spares a server more and more whose lists take long and end with ${how}`, async () => {
      const { clock, lists, stop } = aReflector({ listing: () => ({ ms: 30_000, error }) });
      await clock.advance(10 * MINUTE);
      const gaps = lists.slice(1).map((at, index) => at - (lists[index] ?? 0) - 30_000);
      assert.deepEqual(gaps.slice(0, 5), [600, 1200, 2400, 4800, 9600]);
      assert.equal(gaps.at(-1), 22_500);
      await stop();
    });

  it('does not list over and over for a server that says Gone to what it has just listed, though that takes long', async () => {
    const { clock, lists, stop } = aReflector({ listing: () => ({ ms: 6_000 }), goneAtOnce: true });
    await clock.advance(5 * MINUTE);
    const gaps = lists.slice(1).map((at, index) => at - (lists[index] ?? 0) - 6_000);
    assert.deepEqual(gaps.slice(0, 4), [0, 1200, 2400, 4800]);
    await stop();
  });

  it('goes on watching when the list that was to check it is refused, and checks a little later', async () => {
    const error = new KubeApiError('LIST', 429, {});
    const { clock, watches, lists, stop } = aReflector({ listing: (n) => (n === 2 || n === 3 ? { error } : {}) });
    for (let minute = 1; minute <= 14; minute++) {
      await clock.advance(MINUTE);
      watches.at(-1)?.push(bookmark(String(100 + minute)));
      await clock.advance(1);
      if (minute === 10) assert.deepEqual([watches.length, watches.at(-1)?.from], [2, '110']);
    }
    const minutes = lists.map((at) => Math.floor(at / MINUTE));
    assert.deepEqual(minutes, [0, 10, 11, 12], 'refused twice, then again after ten minutes');
    await stop();
  });

  it('ends when it is told to, also while it waits', async () => {
    const { clock, watches, stop } = aReflector();
    await clock.advance(1);
    watches[0]?.end();
    await clock.advance(1);
    await stop();
    await clock.advance(MINUTE);
    assert.equal(watches.length, 1);
  });
});
