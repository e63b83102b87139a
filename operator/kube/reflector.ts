import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { type Counter, counter, type Registry } from '#runtime/metrics.ts';
import { backoffMs } from '#runtime/retry.ts';
import { isGone, KubeApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type KubeObject, key, type Resource, resourceName } from './resource.ts';

/** What a reflector tells about the objects it mirrors. Must not throw: errors here would be ours, not the server's. */
export interface Mirror<T> {
  /**
   * The whole truth at one moment. `missed` counts objects that are new to us although the watch had passed their version
   * (`seen`) already; what changed after that version could not be known yet.
   */
  replace(objects: T[], seen: string | undefined): { missed: number };
  set(object: T): void;
  delete(key: string): void;
}

export interface ReflectorOptions<T> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly mirror: Mirror<T>;
  /** Called after the first list. */
  readonly onSynced: () => void;
  readonly random?: () => number;
}

const BACKOFF = { initialMs: 800, maxMs: 30_000 };
/** A watch that lived this long was healthy: resume at once. */
const HEALTHY_WATCH_MS = 5_000;
/** Bookmarks come about once a minute, so a silent watch is a dead one. */
const INACTIVITY_MS = 90_000;
/** Trust, but verify: a list now and then must find nothing that the watch had not told. */
const RELIST_MS = 10 * 60_000;

/**
 * Mirrors one collection for as long as the signal lives: list, then watch from where the list was taken, resume where the
 * watch ended, list again after 410, and back off on failures. client-go's own informer ends for good on most of these.
 */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  const { client, clock, mirror, resource, random = Math.random } = options;
  const log = options.log.child({ resource: resourceName(resource), namespace: options.namespace });
  const counters = reflectorCounters(options.metrics);
  const labels = { resource: resourceName(resource) };
  const selection = { namespace: options.namespace, labelSelector: options.labelSelector };

  let resourceVersion: string | undefined;
  /** As `resourceVersion`, but kept after a 410. */
  let lastSeen: string | undefined;
  let relistAt = 0;
  let synced = false;
  let failures = 0;

  async function relist(): Promise<void> {
    const objects: T[] = [];
    const seen = lastSeen;
    let continueToken: string | undefined;
    do {
      const page = await client.listPage<T>(resource, { ...selection, continueToken, signal });
      for (const item of page.items) objects.push(strip(item, resource));
      // The version of the last page belongs to the same snapshot as the first.
      resourceVersion = page.resourceVersion;
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    signal.throwIfAborted();
    const { missed } = mirror.replace(objects, seen);
    lastSeen = resourceVersion;
    // Spread out, so that not all kinds are listed together.
    relistAt = clock.monotonic() + RELIST_MS * (0.9 + 0.2 * random());
    if (synced && missed > 0) {
      counters.missed.inc(labels, missed);
      log.warn({ missed }, 'a list found changes that the watch had passed over');
    }
    if (!synced) {
      synced = true;
      options.onSynced();
    }
  }

  async function watchFrom(version: string): Promise<void> {
    // Spread out, so that not all watches of all operators end together.
    const timeoutSeconds = Math.round(290 + random() * 300);
    using watchdog = startWatchdog(clock, signal);
    const events = client.watch<T>(resource, {
      ...selection,
      resourceVersion: version,
      timeoutSeconds,
      signal: watchdog.signal,
    });
    for await (const event of events) {
      watchdog.touch();
      signal.throwIfAborted();
      resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
      lastSeen = resourceVersion;
      if (event.type === 'DELETED') mirror.delete(key(event.object));
      else if (event.type !== 'BOOKMARK') mirror.set(strip(event.object, resource));
      if (clock.monotonic() >= relistAt) return;
    }
  }

  while (!signal.aborted) {
    const started = clock.monotonic();
    try {
      if (resourceVersion === undefined || clock.monotonic() >= relistAt) {
        counters.lists.inc(labels);
        await relist();
      }
      counters.watches.inc(labels);
      await watchFrom(resourceVersion ?? '0');
      // Ended by the server, as every watch is after a while.
      if (clock.monotonic() - started >= HEALTHY_WATCH_MS) failures = 0;
      else failures += 1;
    } catch (error) {
      if (signal.aborted) return;
      if (isGone(error)) {
        log.info({ resourceVersion }, 'the server no longer knows our version; listing again');
        resourceVersion = undefined;
        // One relist at once; a server that answers 410 to fresh versions must not be hammered.
        failures = clock.monotonic() - started >= HEALTHY_WATCH_MS ? 0 : failures + 1;
        if (failures <= 1) continue;
      } else {
        counters.failures.inc(labels);
        failures = clock.monotonic() - started >= HEALTHY_WATCH_MS ? 1 : failures + 1;
        log.warn({ err: error, failures }, 'watch interrupted');
      }
      const wanted = error instanceof KubeApiError ? (error.retryAfterMs ?? 0) : 0;
      await pause(Math.max(wanted, backoffMs(BACKOFF, failures, random)));
      continue;
    }
    if (failures > 0) await pause(backoffMs(BACKOFF, failures, random));
  }

  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, signal).catch(() => {});
  }
}

/** An abort signal that fires when nobody touched it for the inactivity limit, or the parent aborted. */
function startWatchdog(clock: Clock, parent: AbortSignal) {
  const controller = new AbortController();
  const ended = new AbortController();
  let touchedAt = clock.monotonic();
  const watch = async () => {
    for (;;) {
      const idle = clock.monotonic() - touchedAt;
      if (idle >= INACTIVITY_MS)
        return controller.abort(new Error(`no event and no bookmark for ${INACTIVITY_MS / 1000} s`));
      await clock.sleep(INACTIVITY_MS - idle, ended.signal);
    }
  };
  watch().catch(() => {});
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    touch: () => {
      touchedAt = clock.monotonic();
    },
    [Symbol.dispose]: () => ended.abort(),
  };
}

/** managedFields are most of an object's size and nearly nobody reads them. */
function strip<T extends KubeObject>(object: T, resource: Resource): T {
  if (resource.keepManagedFields !== true) delete object.metadata.managedFields;
  return object;
}

function reflectorCounters(metrics: Registry): Record<'lists' | 'watches' | 'failures' | 'missed', Counter> {
  const of = (name: string, help: string) => counter(metrics, name, help, ['resource']);
  return {
    lists: of('reflector_lists_total', 'Lists made by reflectors'),
    watches: of('reflector_watches_total', 'Watches begun by reflectors'),
    failures: of('reflector_watch_failures_total', 'Lists and watches that failed'),
    missed: of('reflector_missed_changes_total', 'Changes that the watch had passed over, found by a later list'),
  };
}
