import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { type Counter, counter, type Registry } from '#runtime/metrics.ts';
import { backoffMs } from '#runtime/retry.ts';
import { isGone, isInvalid, KubeApiError, KubeConnectionError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { noteOwnedFields } from './owned-fields.ts';
import { type KubeObject, key, type Resource, resourceName } from './resource.ts';
import { SharedStrings } from './shared-strings.ts';

/** What a reflector tells about the objects it mirrors. Must not throw: errors here would be ours, not the server's. */
export interface Mirror<T> {
  /**
   * The whole truth at one moment. `missed` counts what is new to us although the watch had passed it already: objects with
   * a version up to `seen`, as what changed later could not be known yet; or, when the list was taken `exactly` at `seen`,
   * every difference, deletions included.
   */
  replace(objects: T[], basis: { readonly seen: string | undefined; readonly exactly: boolean }): { missed: number };
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
  readonly limits?: ReflectorLimits | undefined;
}

/** Times of a reflector in ms. */
export interface ReflectorLimits {
  /** A watch that is silent for so long is dead; 90 s unless said, as bookmarks come about once a minute. */
  readonly inactivityMs?: number;
  /** How often the mirror is compared with a list; 10 minutes unless said. */
  readonly relistMs?: number;
}

const BACKOFF = { initialMs: 800, maxMs: 30_000 };
/** A watch that lived this long was healthy: resume at once. */
const HEALTHY_WATCH_MS = 5_000;
/** At once, yet not all watches of all operators in the same instant after the server went. */
const RESUME_WITHIN_MS = 100;
/** Bookmarks come about once a minute, so a silent watch is a dead one. */
const INACTIVITY_MS = 90_000;
/** Trust, but verify: a list now and then must find nothing that the watch had not told. */
const RELIST_MS = 10 * 60_000;
/** When such a list failed. */
const RELIST_AGAIN_MS = 60_000;

/**
 * Mirrors one collection for as long as the signal lives: list, then watch from where the list was taken, resume where the
 * watch ended, list again after 410, and back off on failures. client-go's own informer ends for good on most of these.
 */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  const { client, clock, mirror, resource, random = Math.random } = options;
  const { inactivityMs = INACTIVITY_MS, relistMs = RELIST_MS } = options.limits ?? {};
  const log = options.log.child({ resource: resourceName(resource), namespace: options.namespace });
  const labels = { resource: resourceName(resource) };
  const counters = reflectorCounters(options.metrics, labels);
  const { namespace, labelSelector } = options;
  const selection = { namespace, labelSelector, fieldSelector: resource.mirrored };

  let resourceVersion: string | undefined;
  /** As `resourceVersion`, but kept after a 410. */
  let lastSeen: string | undefined;
  let relistAt = 0;
  let synced = false;
  let failures = 0;

  async function relist(): Promise<void> {
    const { objects, version } = await snapshot();
    accept(mirror.replace(objects, { seen: lastSeen, exactly: false }));
    resourceVersion = version;
    lastSeen = version;
  }

  /** Compares the mirror with the server's own record of the version up to which the watch has told everything. */
  async function verify(seen: string): Promise<void> {
    let objects: T[];
    try {
      ({ objects } = await snapshot(seen));
    } catch (error) {
      signal.throwIfAborted();
      if (isUnknownVersion(error)) return await relist();
      // Only a check: what cannot be listed now may well be watched, and whoever waits for a list is blind meanwhile.
      counters.failures.inc(labels);
      log.warn({ err: error }, 'the list that was to check the watch failed');
      relistAt = clock.monotonic() + Math.min(relistMs, RELIST_AGAIN_MS);
      return;
    }
    accept(mirror.replace(objects, { seen, exactly: true }));
  }

  async function snapshot(exactly?: string): Promise<{ objects: T[]; version: string }> {
    counters.lists.inc(labels);
    const objects: T[] = [];
    let version = '';
    let continueToken: string | undefined;
    do {
      const at = exactly !== undefined && continueToken === undefined ? { exactly } : {};
      const page = await client.listPage<T>(resource, { ...selection, ...at, continueToken, signal });
      for (const item of page.items) objects.push(strip(item, resource));
      // The version of the last page belongs to the same snapshot as the first.
      version = page.resourceVersion;
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    signal.throwIfAborted();
    return { objects, version };
  }

  function accept({ missed }: { missed: number }): void {
    // Spread out, so that not all kinds are listed together.
    relistAt = clock.monotonic() + relistMs * (0.9 + 0.2 * random());
    if (synced && missed > 0) {
      counters.missed.inc(labels, missed);
      log.warn({ missed }, 'a list found changes that the watch had passed over');
    }
    if (!synced) {
      synced = true;
      options.onSynced();
    }
  }

  async function watchFrom(version: string): Promise<'ended' | 'relist-due'> {
    // Spread out, so that not all watches of all operators end together.
    const timeoutSeconds = Math.round(290 + random() * 300);
    using watchdog = startWatchdog(clock, inactivityMs, signal);
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
      if (clock.monotonic() >= relistAt) return 'relist-due';
    }
    return 'ended';
  }

  while (!signal.aborted) {
    let watchedSince = Number.POSITIVE_INFINITY;
    // Not counted from the list: one that takes long and fails is what a server that is overloaded must be spared.
    const wasHealthy = () => clock.monotonic() - watchedSince >= HEALTHY_WATCH_MS;
    try {
      if (resourceVersion === undefined) await relist();
      else if (clock.monotonic() >= relistAt) await verify(resourceVersion);
      counters.watches.inc(labels);
      watchedSince = clock.monotonic();
      const why = await watchFrom(resourceVersion ?? '0');
      // Otherwise ended by the server, as every watch is after a while.
      if (why === 'relist-due' || wasHealthy()) failures = 0;
      else failures += 1;
    } catch (error) {
      if (signal.aborted) return;
      if (isGone(error)) {
        log.info({ resourceVersion }, 'the server no longer knows our version; listing again');
        resourceVersion = undefined;
        // One relist at once; a server that answers 410 to fresh versions must not be hammered.
        failures = wasHealthy() ? 0 : failures + 1;
        if (failures <= 1) continue;
      } else {
        counters.failures.inc(labels);
        const healthy = wasHealthy() && !isUnanswered(error);
        failures = healthy ? 1 : failures + 1;
        log.warn({ err: error, failures }, 'watch interrupted');
        // A lost connection says nothing about the server: only what fails again is worth a wait.
        if (healthy && !(error instanceof KubeApiError)) {
          await pause(random() * RESUME_WITHIN_MS);
          continue;
        }
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
function startWatchdog(clock: Clock, inactivityMs: number, parent: AbortSignal) {
  const controller = new AbortController();
  const ended = new AbortController();
  let touchedAt = clock.monotonic();
  const watch = async () => {
    for (;;) {
      const idle = clock.monotonic() - touchedAt;
      if (idle >= inactivityMs)
        return controller.abort(new Error(`no event and no bookmark for ${inactivityMs / 1000} s`));
      await clock.sleep(inactivityMs - idle, ended.signal);
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

/** The watch never began. */
const isUnanswered = (error: unknown): boolean => error instanceof KubeConnectionError && error.timedOut;

/** The server has compacted that version away, or, after a restore from a backup, never had it. */
function isUnknownVersion(error: unknown): boolean {
  return (
    isGone(error) || isInvalid(error) || (error instanceof KubeApiError && /resource version/i.test(error.message))
  );
}

const texts = new SharedStrings();

/** managedFields are most of an object's size; what is needed of them by nearly everybody is a hash. */
function strip<T extends KubeObject>(object: T, resource: Resource): T {
  noteOwnedFields(object);
  if (resource.keepManagedFields !== true) delete object.metadata.managedFields;
  // Not the data of Secrets, which shall not outlive them.
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  texts.share(spec);
  texts.share(status);
  return object;
}

function reflectorCounters(
  metrics: Registry,
  labels: { readonly resource: string },
): Record<'lists' | 'watches' | 'failures' | 'missed', Counter> {
  const of = (name: string, help: string) => counter(metrics, name, help, ['resource'], [labels]);
  return {
    lists: of('reflector_lists_total', 'Lists made by reflectors'),
    watches: of('reflector_watches_total', 'Watches begun by reflectors'),
    failures: of('reflector_watch_failures_total', 'Lists and watches that failed'),
    missed: of('reflector_missed_changes_total', 'Changes that the watch had passed over, found by a later list'),
  };
}
