import { ulid } from 'ulid';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { counter, gauge, histogram, type Registry } from '#runtime/metrics.ts';
import { isConflict } from './api-error.ts';
import { splitKey } from './resource.ts';
import { startLimit } from './time-limit.ts';
import { type AddOptions, PRIORITY, WorkQueue } from './work-queue.ts';

export interface ReconcileContext {
  /** Aborts at the reconcile's time limit, when the process stops, and when leadership is lost. */
  readonly signal: AbortSignal;
  /** Carries controller, key and reconcile id. */
  readonly log: Logger;
  readonly clock: Clock;
  readonly reconcileId: string;
}

export interface ReconcileResult {
  /** Come back after so many ms; clamped to an hour. */
  readonly requeueAfterMs?: number;
  /** Priority of coming back; normal unless said. */
  readonly priority?: number;
}

/** Brings the world to what the object at `key` (`namespace/name`) says; called again after every failure. */
// biome-ignore lint/suspicious/noConfusingVoidType: a reconcile with nothing to say just ends
export type Reconcile = (key: string, ctx: ReconcileContext) => Promise<ReconcileResult | void>;

/** A failure that only a change of the object can end: counted and logged, not retried. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface Controller {
  readonly name: string;
  enqueue(key: string, opts?: AddOptions): void;
  /** Works until the signal aborts, then waits for reconciles under way. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  /** How many keys are worked on at once; 1 unless said. */
  readonly workers?: number;
  /** Time limit of one reconcile; 5 minutes unless said. */
  readonly timeoutMs?: number;
  /** What must have its first list before the first reconcile. */
  readonly waitFor?: readonly { readonly synced: Promise<void> }[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly backoffBaseMs?: number;
  readonly backoffMaxMs?: number;
}

const TIMEOUT_MS = 5 * 60_000;

export function createController(options: ControllerOptions): Controller {
  const { name, reconcile, clock, metrics, workers = 1, timeoutMs = TIMEOUT_MS, waitFor = [] } = options;
  const log = options.log.child({ controller: name });
  const queue = new WorkQueue({
    name,
    clock,
    metrics,
    ...(options.backoffBaseMs === undefined ? {} : { backoffBaseMs: options.backoffBaseMs }),
    ...(options.backoffMaxMs === undefined ? {} : { backoffMaxMs: options.backoffMaxMs }),
  });
  const meters = controllerMeters(metrics, name, workers);

  async function work(stop: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      meters.active(1);
      try {
        await reconcileOnce(key, stop);
      } finally {
        meters.active(-1);
        queue.done(key);
      }
    }
  }

  async function reconcileOnce(key: string, stop: AbortSignal): Promise<void> {
    // To find log lines by, and no secret: secure randomness costs as much as the status of a sale.
    const reconcileId = ulid(clock.now(), Math.random);
    const limit = startLimit(stop, timeoutMs, `no end within ${timeoutMs / 1000} s`);
    const ctx: ReconcileContext = {
      signal: limit.signal,
      log: log.child({ ...splitKey(key), reconcileId }),
      clock,
      reconcileId,
    };
    const started = clock.monotonic();
    try {
      const result = await reconcile(key, ctx);
      queue.forget(key);
      const again = result?.requeueAfterMs;
      if (again === undefined) return meters.ended('success');
      meters.ended('requeue_after');
      queue.add(key, { afterMs: again, priority: result?.priority ?? PRIORITY.normal });
    } catch (error) {
      if (stop.aborted) return meters.ended('aborted');
      if (limit.signal.aborted) meters.timeout();
      failed(key, error, ctx.log);
    } finally {
      limit.end();
      meters.took((clock.monotonic() - started) / 1000);
    }
  }

  function failed(key: string, error: unknown, reconcileLog: Logger): void {
    meters.ended('error');
    if (error instanceof TerminalError) {
      meters.terminal();
      queue.forget(key);
      reconcileLog.error({ err: error }, 'reconcile failed for good; waiting for a change of the object');
      return;
    }
    const retryInMs = queue.addAfterFailure(key);
    if (isConflict(error)) {
      reconcileLog.debug({ err: error, retryInMs }, 'somebody else was faster');
      return;
    }
    // A defect of ours, what Go would call a panic. It must not end the worker, and somebody should see it.
    if (isDefect(error)) meters.panic();
    reconcileLog.error({ err: error, retryInMs, failures: queue.failuresOf(key) }, 'reconcile failed');
  }

  return {
    name,
    enqueue: (key, opts) => queue.add(key, opts),
    async run(signal) {
      const stopped = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([stopped, Promise.all(waitFor.map((informer) => informer.synced))]);
      if (!signal.aborted) log.info({ workers }, 'controller started');
      const pool = Promise.all(Array.from({ length: workers }, () => (signal.aborted ? undefined : work(signal))));
      await stopped;
      queue.close();
      await pool;
      log.info('controller stopped');
    },
  };
}

function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error);
}

type Outcome = 'success' | 'requeue_after' | 'error' | 'aborted';

/** Metrics under controller-runtime's names. */
function controllerMeters(registry: Registry, controller: string, workers: number) {
  const names = ['controller'];
  const labels = { controller };
  const results = (['success', 'requeue_after', 'error'] as const).map((result) => ({ ...labels, result }));
  const total = counter(
    registry,
    'controller_runtime_reconcile_total',
    'Reconciles by outcome',
    [...names, 'result'],
    results,
  );
  const of = (what: string, help: string) =>
    counter(registry, `controller_runtime_${what}_total`, help, names, [labels]);
  const errors = of('reconcile_errors', 'Failed reconciles');
  const terminal = of('terminal_reconcile_errors', 'Reconciles that failed for good');
  const panics = of('reconcile_panics', 'Reconciles ended by a defect');
  const timeouts = of('reconcile_timeouts', 'Reconciles ended by their time limit');
  const seconds = histogram(registry, 'controller_runtime_reconcile_time_seconds', 'Time of one reconcile', names);
  const active = gauge(registry, 'controller_runtime_active_workers', 'Workers at work', names);
  gauge(registry, 'controller_runtime_max_concurrent_reconciles', 'Workers', names).set(labels, workers);
  active.set(labels, 0);
  return {
    ended: (result: Outcome) => {
      total.inc({ ...labels, result });
      if (result === 'error') errors.inc(labels);
    },
    terminal: () => terminal.inc(labels),
    panic: () => panics.inc(labels),
    timeout: () => timeouts.inc(labels),
    took: (value: number) => seconds.observe(labels, value),
    active: (change: 1 | -1) => active.inc(labels, change),
  };
}
