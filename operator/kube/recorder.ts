import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { counter, type Registry } from '#runtime/metrics.ts';
import { retry } from '#runtime/retry.ts';
import { isAlreadyExists, isNotFound, KubeApiError, KubeConnectionError } from './api-error.ts';
import { canonicalHash } from './canonical-hash.ts';
import type { KubeClient } from './client.ts';
import { microTime } from './microtime.ts';
import { EVENT, type KubeObject } from './resource.ts';

export interface Recorder {
  /**
   * Tells people about an object, as `kubectl describe` shows it. Returns at once; repeats within six minutes become one
   * event with a count, and one object cannot flood. `reason` is CamelCase; keep times and ids out of `message`.
   */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Resolves when everything recorded so far was sent or given up. */
  flush(): Promise<void>;
}

export interface RecorderDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Who reports: `ticketbottle.io/operator`. */
  readonly controller: string;
  /** Which of them: the pod's name. */
  readonly instance: string;
  /** The process stops: what the API server does not take now is given up. */
  readonly stopping?: AbortSignal;
}

const SERIES_MS = 6 * 60_000;
const MAX_SERIES = 4_096;
const MAX_NOTE = 1_024;
/** Per object: so many at once, and one more each minute. */
const BURST = 25;
const REFILL_MS = 60_000;
/** Events not sent yet; more are dropped, as events are a courtesy and memory is not. */
const MAX_PENDING = 1_000;
/** Beyond the client's own retries, for about a minute: an API server that restarts must not cost the news of that minute. */
const PATIENCE = { maxAttempts: 8, initialMs: 1_000, maxMs: 15_000, shouldRetry: isPassing };

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  lastAt: number;
}

export function createRecorder(deps: RecorderDeps): Recorder {
  const { client, clock, log, metrics, controller, instance, stopping } = deps;
  const series = new Map<string, Series>();
  const buckets = new Map<string, { tokens: number; at: number }>();
  const outcomes = counter(metrics, 'kube_events_total', 'Events recorded, by outcome', ['outcome']);
  let tail: Promise<void> = Promise.resolve();
  let pending = 0;

  function take(objectKey: string): boolean {
    const now = clock.monotonic();
    const bucket = buckets.get(objectKey) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    buckets.set(objectKey, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    forgetOldest(buckets);
    return tokens >= 1;
  }

  const patiently = <T>(write: () => Promise<T>): Promise<T> =>
    stopping?.aborted ? write() : retry(PATIENCE, write, { clock, signal: stopping });

  async function send(object: KubeObject, type: string, reason: string, note: string): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const id = canonicalHash([kind, metadata.namespace, metadata.name, metadata.uid, type, reason, note]);
    const known = series.get(id);
    const now = microTime(clock.now());
    if (known !== undefined && clock.monotonic() - known.lastAt < SERIES_MS) {
      known.count += 1;
      known.lastAt = clock.monotonic();
      const repeated = { series: { count: known.count, lastObservedTime: now } };
      if (await patiently(() => unlessGone(client.mergePatch(EVENT, known.namespace, known.name, repeated)))) {
        outcomes.inc({ outcome: 'aggregated' });
        return;
      }
    }
    const namespace = metadata.namespace ?? 'default';
    const name = `${metadata.name.slice(0, 200)}.${id.toLowerCase().replace(/[^a-z0-9]/g, '0')}${clock.now().toString(16)}`;
    const { uid, resourceVersion } = metadata;
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: now,
      reportingController: controller,
      reportingInstance: instance,
      action: 'Reconcile',
      type,
      reason,
      note,
      regarding: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid, resourceVersion },
    } as KubeObject;
    await patiently(() => unlessThere(client.create(EVENT, event)));
    series.delete(id);
    series.set(id, { namespace, name, count: 1, lastAt: clock.monotonic() });
    forgetOldest(series);
    outcomes.inc({ outcome: 'created' });
  }

  return {
    event(object, type, reason, message) {
      const objectKey = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
      // Apart, so that news of progress never crowds out a warning.
      if (pending >= MAX_PENDING || !take(`${objectKey} ${type}`)) {
        outcomes.inc({ outcome: 'dropped' });
        return;
      }
      pending += 1;
      const note = cut(message);
      // One after another: aggregation needs the order, and events must not crowd out real work.
      tail = tail
        .then(() => send(object, type, reason, note))
        .catch((error: unknown) => {
          outcomes.inc({ outcome: 'failed' });
          log.warn({ err: error, reason, object: objectKey }, 'an event could not be recorded');
        })
        .finally(() => {
          pending -= 1;
        });
    },
    flush: () => tail,
  };
}

/** False when the event has expired or was deleted: then it is told anew. */
async function unlessGone(patch: Promise<unknown>): Promise<boolean> {
  try {
    await patch;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** An earlier try has come through, only its answer has not. */
async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Nothing is wrong with the event itself. */
function isPassing(error: unknown): boolean {
  if (error instanceof KubeConnectionError) return true;
  return error instanceof KubeApiError && (error.status === 429 || error.status >= 500);
}

/** The API counts bytes. */
function cut(message: string): string {
  if (Buffer.byteLength(message) <= MAX_NOTE) return message;
  const whole = new TextDecoder('utf-8', { fatal: false }).decode(Buffer.from(message).subarray(0, MAX_NOTE - 3));
  return `${whole.replace(/\uFFFD$/, '')}...`;
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= MAX_SERIES) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
