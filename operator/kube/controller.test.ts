import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { createController, type Reconcile, TerminalError } from './controller.ts';
import { PRIORITY } from './work-queue.ts';

function aController(reconcile: Reconcile, options: { workers?: number; waitFor?: { synced: Promise<void> }[] } = {}) {
  const clock = new ManualClock();
  const metrics = new Registry();
  const stop = new AbortController();
  const controller = createController({ name: 'test', reconcile, clock, metrics, log: silentLogger(), ...options });
  const running = controller.run(stop.signal);
  return {
    clock,
    metrics,
    controller,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

async function sample(metrics: Registry, line: RegExp): Promise<number> {
  const found = line.exec(await metrics.metrics());
  assert.ok(found, `no line like ${line}`);
  return Number(found[1]);
}

describe('controller', () => {
  it('reconciles what was enqueued, with an id and the names in the log context', async () => {
    const seen: { key: string; id: string }[] = [];
    const { controller, clock, stop } = aController(async (key, ctx) => {
      seen.push({ key, id: ctx.reconcileId });
    });
    controller.enqueue('ns/a');
    controller.enqueue('ns/b');
    await clock.advance(1);
    await stop();
    assert.deepEqual(
      seen.map(({ key }) => key),
      ['ns/a', 'ns/b'],
    );
    assert.equal(new Set(seen.map(({ id }) => id)).size, 2);
  });

  it('retries every failure with a growing wait until it succeeds, then starts from scratch', async () => {
    const at: number[] = [];
    const { controller, clock, stop } = aController(async () => {
      at.push(clock.monotonic());
      if (at.length < 4) throw new Error('not yet');
    });
    controller.enqueue('ns/a');
    await clock.advance(1000);
    assert.deepEqual(at, [0, 5, 15, 35]);
    await stop();
  });

  it('does not retry a terminal error, but comes back when the object changes', async () => {
    let calls = 0;
    const { controller, clock, metrics, stop } = aController(async () => {
      calls += 1;
      throw new TerminalError('the spec cannot work');
    });
    controller.enqueue('ns/a');
    await clock.advance(3_600_000);
    assert.equal(calls, 1);
    controller.enqueue('ns/a');
    await clock.advance(1);
    assert.equal(calls, 2);
    assert.equal(
      await sample(metrics, /controller_runtime_terminal_reconcile_errors_total\{controller="test"\} (\d+)/),
      2,
    );
    await stop();
  });

  it('counts a defect as a panic and lives on', async () => {
    let calls = 0;
    const { controller, clock, metrics, stop } = aController(async () => {
      calls += 1;
      if (calls === 1) (undefined as unknown as { f: () => void }).f();
    });
    controller.enqueue('ns/a');
    await clock.advance(10);
    assert.equal(calls, 2);
    assert.equal(await sample(metrics, /controller_runtime_reconcile_panics_total\{controller="test"\} (\d+)/), 1);
    assert.equal(await sample(metrics, /controller_runtime_reconcile_errors_total\{controller="test"\} (\d+)/), 1);
    await stop();
  });

  it('comes back after the time asked for, and after an hour at the latest', async () => {
    const at: number[] = [];
    const { controller, clock, stop } = aController(async () => {
      at.push(clock.monotonic());
      return { requeueAfterMs: at.length === 1 ? 30_000 : 40 * 24 * 3_600_000 };
    });
    controller.enqueue('ns/a');
    await clock.advance(30_000 + 3_600_000);
    assert.deepEqual(at, [0, 30_000, 30_000 + 3_600_000]);
    await stop();
  });

  it('works on several keys at once and never on one key twice at once', async () => {
    let now = 0;
    let most = 0;
    const busy = new Set<string>();
    const { controller, clock, stop } = aController(
      async (key) => {
        assert.ok(!busy.has(key));
        busy.add(key);
        now += 1;
        most = Math.max(most, now);
        await clock.sleep(100);
        now -= 1;
        busy.delete(key);
      },
      { workers: 3 },
    );
    for (const name of ['a', 'b', 'c', 'd', 'e']) controller.enqueue(`ns/${name}`);
    await clock.advance(50);
    controller.enqueue('ns/a');
    await clock.advance(1000);
    assert.equal(most, 3);
    await stop();
  });

  it('waits for the first lists before it starts', async () => {
    const sync = Promise.withResolvers<void>();
    let calls = 0;
    const { controller, clock, stop } = aController(
      async () => {
        calls += 1;
      },
      { waitFor: [{ synced: sync.promise }] },
    );
    controller.enqueue('ns/a');
    await clock.advance(1000);
    assert.equal(calls, 0);
    sync.resolve();
    await clock.advance(1);
    assert.equal(calls, 1);
    await stop();
  });

  it('aborts the reconcile under way when it is stopped, and waits for it', async () => {
    let ended = false;
    const { controller, clock, stop } = aController(async (_key, { signal }) => {
      await clock.sleep(60_000, signal).catch(() => {});
      ended = true;
      signal.throwIfAborted();
    });
    controller.enqueue('ns/a');
    await clock.advance(1);
    await stop();
    assert.ok(ended);
  });

  it('has every metric under the name and labels that dashboards of controller-runtime ask for', async () => {
    const { controller, clock, metrics, stop } = aController(async () => {
      throw new Error('once');
    });
    controller.enqueue('ns/a');
    await clock.advance(1);
    const text = await metrics.metrics();
    const labels = 'controller="test"';
    for (const name of [
      `controller_runtime_reconcile_total{${labels},result="success"}`,
      `controller_runtime_reconcile_total{${labels},result="requeue_after"}`,
      `controller_runtime_reconcile_total{${labels},result="error"}`,
      `controller_runtime_reconcile_errors_total{${labels}}`,
      `controller_runtime_terminal_reconcile_errors_total{${labels}}`,
      `controller_runtime_reconcile_panics_total{${labels}}`,
      `controller_runtime_reconcile_timeouts_total{${labels}}`,
      `controller_runtime_reconcile_time_seconds_count{${labels}}`,
      `controller_runtime_active_workers{${labels}}`,
      `controller_runtime_max_concurrent_reconciles{${labels}}`,
      `workqueue_depth{name="test",${labels},priority="0"}`,
      `workqueue_adds_total{name="test",${labels}}`,
      `workqueue_queue_duration_seconds_count{name="test",${labels}}`,
      `workqueue_work_duration_seconds_count{name="test",${labels}}`,
      `workqueue_unfinished_work_seconds{name="test",${labels}}`,
      `workqueue_longest_running_processor_seconds{name="test",${labels}}`,
      `workqueue_retries_total{name="test",${labels}}`,
    ])
      assert.ok(text.includes(`${name} `), `no ${name} in\n${text}`);
    await stop();
  });

  it('retries a failure as urgently as the key was worked on', async () => {
    const order: string[] = [];
    let failed = false;
    const { controller, clock, stop } = aController(async (key) => {
      if (key === 'ns/hot' && !failed) {
        failed = true;
        throw new Error('once');
      }
      order.push(key);
      await clock.sleep(20);
    });
    controller.enqueue('ns/hot', { priority: PRIORITY.high });
    for (let n = 0; n < 5; n++) controller.enqueue(`ns/normal-${n}`);
    await clock.advance(200);
    assert.equal(order.indexOf('ns/hot'), 1, order.join());
    await stop();
  });
});
