import type { Dispatcher } from 'undici';
import type { Clock } from '#runtime/clock.ts';
import { gauge, type Registry } from '#runtime/metrics.ts';
import { backoffMs } from '#runtime/retry.ts';
import { isInvalid, isNotFound, KubeApiError, KubeConnectionError } from './api-error.ts';
import { CallCount, type Verb } from './call-count.ts';
import type { Connection } from './connection.ts';
import { apiVersion, type KubeObject, type Resource, resourcePath } from './resource.ts';
import { ServerClock } from './server-clock.ts';
import { startLimit } from './time-limit.ts';
import { readWatchLines, type WatchEvent } from './watch-lines.ts';

const CALL_TIMEOUT_MS = 10_000;
const TIMED_OUT = 'The operation was aborted due to timeout';
const LIST_TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 4;
const BACKOFF = { initialMs: 200, maxMs: 5_000 };
/** A server that asks for more patience than this gets an error instead; the caller's own back-off is longer. */
const MAX_RETRY_AFTER_MS = 10_000;
const PAGE_SIZE = 500;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Time limit of one try; 10 s unless given, 30 s for a list. */
  readonly timeoutMs?: number | undefined;
}

export interface ListOptions extends CallOptions {
  /** All namespaces unless given. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface PageOptions extends ListOptions {
  readonly continueToken?: string | undefined;
  /** The list as it was at this version; throws 410 when the server no longer knows it. For the first page only. */
  readonly exactly?: string | undefined;
  readonly limit?: number;
}

export interface Page<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  /** Given when there is more. */
  readonly continueToken: string | undefined;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  /** After how many seconds the server ends the watch. */
  readonly timeoutSeconds: number;
}

export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  /** Take fields that other managers own; true unless said. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly subresource?: 'status';
}

export interface PatchOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly subresource?: 'status' | 'scale';
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Background unless said. */
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/**
 * Raw JSON requests to the API server. Every call has a time limit; reads, server-side applies, merge patches and deletes
 * are sent again after 429, 5xx and connection failures, creates only after 429. Throws KubeApiError and KubeConnectionError.
 */
export interface KubeClient {
  /** Undefined when there is no such object. */
  get<T = KubeObject>(resource: Resource, namespace: string, name: string, opts?: CallOptions): Promise<T | undefined>;
  /** All objects, in pages of 500. */
  list<T = KubeObject>(resource: Resource, opts?: ListOptions): Promise<T[]>;
  listPage<T = KubeObject>(resource: Resource, opts: PageOptions): Promise<Page<T>>;
  /** Events until the server ends the watch, or the signal aborts it. Bookmarks are requested. */
  watch<T = KubeObject>(resource: Resource, opts: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T = KubeObject>(resource: Resource, object: KubeObject, opts?: CallOptions): Promise<T>;
  /** Server-side apply; creates the object when it does not exist. */
  apply<T = KubeObject>(resource: Resource, object: KubeObject, opts: ApplyOptions): Promise<T>;
  /** JSON merge patch; put `metadata.resourceVersion` into it to fail with a conflict when somebody was faster. */
  mergePatch<T = KubeObject>(
    resource: Resource,
    namespace: string,
    name: string,
    patch: object,
    opts?: PatchOptions,
  ): Promise<T>;
  /** False when there was nothing to delete. */
  delete(resource: Resource, namespace: string, name: string, opts?: DeleteOptions): Promise<boolean>;
  /** Requests by verb and resource. */
  readonly calls: CallCount;
  readonly server: string;
  close(): Promise<void>;
}

export interface ClientDeps {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly userAgent?: string;
}

interface Request {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Record<string, string | undefined>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export function createClient({
  connection,
  clock,
  metrics,
  userAgent = 'ticketbottle-operator',
}: ClientDeps): KubeClient {
  const calls = new CallCount(metrics);
  const serverClock = new ServerClock();
  const clockOffset = gauge(metrics, 'clock_offset_seconds', 'Clock of a peer minus ours', ['peer']);

  async function send(request: Request): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sendOnce(request);
      } catch (error) {
        request.signal?.throwIfAborted();
        const waitMs = retryDelay(request, error, attempt);
        if (waitMs === undefined) throw error;
        await clock.sleep(waitMs, request.signal);
      }
    }
  }

  async function sendOnce(request: Request): Promise<unknown> {
    const name = `${request.method} ${request.path}`;
    const limit = startLimit(request.signal, request.timeoutMs ?? CALL_TIMEOUT_MS, TIMED_OUT);
    const { signal } = limit;
    const started = clock.monotonic();
    let code = 'error';
    try {
      const dispatcher = await connection.calls();
      const sentAt = clock.now();
      const response = await open(request, dispatcher, signal);
      code = String(response.statusCode);
      compareClocks(response, sentAt);
      const text = await response.body.text();
      connection.report('answered');
      if (response.statusCode >= 400) throw failure(name, response, text);
      return text === '' ? {} : JSON.parse(text);
    } catch (error) {
      if (error instanceof KubeApiError) throw error;
      request.signal?.throwIfAborted();
      if (limit.timedOut()) connection.report('timed-out');
      throw new KubeConnectionError(name, error, limit.timedOut());
    } finally {
      limit.end();
      calls.record(request.verb, request.resource, request.method, code, (clock.monotonic() - started) / 1000);
    }
  }

  function compareClocks({ headers: { date } }: Dispatcher.ResponseData, sentAt: number): void {
    serverClock.answered(Array.isArray(date) ? date[0] : date, sentAt, clock.now(), clock.monotonic());
    const offsetMs = serverClock.offsetMs();
    if (offsetMs !== undefined) clockOffset.set({ peer: 'API server' }, offsetMs / 1000);
  }

  async function open(request: Request, dispatcher: Dispatcher, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = new URL(connection.server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const answer = dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: {
        ...(await connection.headers()),
        accept: 'application/json',
        'user-agent': userAgent,
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
    return await orAborted(answer, signal);
  }

  function failure(name: string, response: Dispatcher.ResponseData, text: string): KubeApiError {
    if (response.statusCode === 401) connection.forgetCredentials();
    return new KubeApiError(
      name,
      response.statusCode,
      parseOrNothing(text),
      retryAfterMs(response.headers['retry-after']),
    );
  }

  async function listPage<T>(resource: Resource, opts: PageOptions): Promise<Page<T>> {
    const body = (await send({
      verb: 'list',
      resource,
      method: 'GET',
      path: resourcePath(resource, opts.namespace),
      query: {
        limit: String(opts.limit ?? PAGE_SIZE),
        continue: opts.continueToken,
        resourceVersion: opts.exactly,
        resourceVersionMatch: opts.exactly === undefined ? undefined : 'Exact',
        labelSelector: opts.labelSelector,
        fieldSelector: opts.fieldSelector,
      },
      timeoutMs: opts.timeoutMs ?? LIST_TIMEOUT_MS,
      signal: opts.signal,
    })) as { items?: (T & KubeObject)[]; metadata?: { resourceVersion?: string; continue?: string } };
    const items = body.items ?? [];
    // Items of a list come without kind and apiVersion; watch events carry them.
    for (const item of items) {
      item.apiVersion ??= apiVersion(resource);
      item.kind ??= resource.kind;
    }
    const token = body.metadata?.continue;
    return {
      items,
      resourceVersion: body.metadata?.resourceVersion ?? '',
      continueToken: token === '' ? undefined : token,
    };
  }

  return {
    calls,
    server: connection.server,
    close: () => connection.close(),
    listPage,

    async get<T>(resource: Resource, namespace: string, name: string, opts: CallOptions = {}) {
      try {
        const path = resourcePath(resource, namespace, name);
        return (await send({ verb: 'get', resource, method: 'GET', path, ...limits(opts) })) as T;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },

    async list<T>(resource: Resource, opts: ListOptions = {}) {
      const items: T[] = [];
      let continueToken: string | undefined;
      do {
        const page: Page<T> = await listPage<T>(resource, { ...opts, continueToken });
        for (const item of page.items) items.push(item);
        continueToken = page.continueToken;
      } while (continueToken !== undefined);
      return items;
    },

    async *watch<T>(resource: Resource, opts: WatchOptions) {
      const request: Request = {
        verb: 'watch',
        resource,
        method: 'GET',
        path: resourcePath(resource, opts.namespace),
        query: {
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: opts.resourceVersion,
          timeoutSeconds: String(opts.timeoutSeconds),
          labelSelector: opts.labelSelector,
          fieldSelector: opts.fieldSelector,
        },
      };
      const name = `WATCH ${request.path}`;
      const timeout = new AbortController();
      const signals = opts.signal === undefined ? [timeout.signal] : [opts.signal, timeout.signal];
      let response: Dispatcher.ResponseData;
      let code = 'error';
      // Answers begin at once even when nothing happens, so the limit covers only the wait for the headers.
      const timer = setTimeout(() => timeout.abort(), CALL_TIMEOUT_MS);
      try {
        response = await open(request, await connection.watches(), AbortSignal.any(signals));
        code = String(response.statusCode);
      } catch (error) {
        opts.signal?.throwIfAborted();
        throw new KubeConnectionError(name, error, timeout.signal.aborted);
      } finally {
        clearTimeout(timer);
        calls.record('watch', resource, 'GET', code, 0);
      }
      if (response.statusCode >= 400) throw failure(name, response, await response.body.text());
      yield* readWatchLines<T>(response.body, name, opts.signal);
    },

    async create<T>(resource: Resource, object: KubeObject, opts: CallOptions = {}) {
      const path = resourcePath(resource, object.metadata.namespace);
      return (await send({ verb: 'create', resource, method: 'POST', path, body: object, ...limits(opts) })) as T;
    },

    async apply<T>(resource: Resource, object: KubeObject, opts: ApplyOptions) {
      const { name, namespace } = object.metadata;
      return (await send({
        verb: 'apply',
        resource,
        method: 'PATCH',
        path: resourcePath(resource, namespace, name, opts.subresource),
        query: {
          fieldManager: opts.fieldManager,
          force: String(opts.force ?? true),
          dryRun: opts.dryRun === true ? 'All' : undefined,
        },
        // Applied objects may hold anything but what the server keeps for itself.
        body: { apiVersion: apiVersion(resource), kind: resource.kind, ...object },
        contentType: 'application/apply-patch+yaml',
        ...limits(opts),
      })) as T;
    },

    async mergePatch<T>(resource: Resource, namespace: string, name: string, patch: object, opts: PatchOptions = {}) {
      return (await send({
        verb: 'patch',
        resource,
        method: 'PATCH',
        path: resourcePath(resource, namespace, name, opts.subresource),
        query: { fieldManager: opts.fieldManager, dryRun: opts.dryRun === true ? 'All' : undefined },
        body: patch,
        contentType: 'application/merge-patch+json',
        ...limits(opts),
      })) as T;
    },

    async delete(resource: Resource, namespace: string, name: string, opts: DeleteOptions = {}) {
      try {
        const { propagationPolicy = 'Background', preconditions } = opts;
        await send({
          verb: 'delete',
          resource,
          method: 'DELETE',
          path: resourcePath(resource, namespace, name),
          body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy, preconditions },
          ...limits(opts),
        });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
  };
}

/** undici hears of an abort only once a request has a connection: one that waits for one would outlive its time limit. */
async function orAborted(
  answer: Promise<Dispatcher.ResponseData>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } catch (error) {
    // What comes after all must not hold on to its socket.
    answer.then(({ body }) => body.on('error', () => {}).destroy()).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function limits(opts: CallOptions): CallOptions {
  return { signal: opts.signal, timeoutMs: opts.timeoutMs };
}

const RETRIED_STATUS: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Ms until the next try; undefined when there should be none. */
function retryDelay(request: Request, error: unknown, attempt: number): number | undefined {
  if (attempt >= MAX_ATTEMPTS) return undefined;
  const backoff = backoffMs(BACKOFF, attempt);
  if (error instanceof KubeConnectionError) {
    // A create may have happened before the connection broke; its caller decides.
    return request.verb === 'create' || error.timedOut ? undefined : backoff;
  }
  if (!(error instanceof KubeApiError)) return undefined;
  // An expired token was read again by now.
  if (error.status === 401) return attempt === 1 ? 0 : undefined;
  if (!RETRIED_STATUS.has(error.status) || isInvalid(error)) return undefined;
  if (request.verb === 'create' && error.status !== 429) return undefined;
  const wanted = error.retryAfterMs ?? 0;
  return wanted > MAX_RETRY_AFTER_MS ? undefined : Math.max(wanted, backoff);
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 300) };
  }
}
