import { Metadata, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import type { Gauge, Histogram } from 'prom-client';
import type { Clock } from './clock.ts';
import {
  asServiceError,
  cancelled,
  deadlineExceeded,
  permissionDenied,
  resourceExhausted,
  ServiceError,
  unavailable,
} from './errors.ts';
import type { CallContext, CallOptions } from './grpc-types.ts';
import { newId } from './ids.ts';
import type { Logger } from './log.ts';
import { runInTrace } from './trace-context.ts';
import { isTracing, openSpan, type Span } from './tracing.ts';

export const REQUEST_ID_KEY = 'x-request-id';
export const TRACE_KEY = 'traceparent';

export interface HandlerDeps {
  readonly log: Logger;
  readonly clock: Clock;
  readonly mapError?: (error: unknown) => ServiceError | undefined;
  readonly maxDeadlineMs?: number;
  readonly maxConcurrentCalls?: number;
  /** Common names of client certificates that may call. */
  readonly callers?: readonly string[] | undefined;
  readonly handling: Histogram;
  readonly inFlight: Gauge;
  /** Aborts when the server drains; ends streams. */
  readonly draining: AbortSignal;
  readonly calls: { inFlight: number; idle: PromiseWithResolvers<void> };
}

export interface CallSite {
  readonly service: string;
  readonly method: string;
  readonly stream: boolean;
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;
export type Outcome<T> = ({ readonly value: T; readonly error?: undefined } | { readonly error: ServiceError }) & {
  /** Goes with the status: a header frame of its own would cost a write per call. */
  readonly trailer: Metadata;
};

/**
 * What every gRPC call goes through, single answer or stream: ids in and out, deadline and cancellation as one signal, one
 * log line, metrics, errors mapped. Never rejects. A result that comes after the deadline is dropped.
 */
export async function runCall<T>(
  call: Call,
  at: CallSite,
  deps: HandlerDeps,
  handle: (ctx: CallContext) => Promise<T>,
): Promise<Outcome<T>> {
  const start = deps.clock.monotonic();
  deps.calls.inFlight++;
  deps.inFlight.set(deps.calls.inFlight);
  const scope = new CallScope(call, at, deps, start);
  const { trailer } = scope;
  let outcome: Outcome<T>;
  try {
    if (deps.calls.inFlight > (deps.maxConcurrentCalls ?? Number.POSITIVE_INFINITY)) {
      throw resourceExhausted('OVERLOADED', 'too many calls at once, try again shortly', { retryable: true });
    }
    refuseStrangers(call, deps.callers);
    outcome = { trailer, value: await scope.orStopped(scope.inTrace(() => handle(scope))) };
  } catch (error) {
    outcome = { trailer, error: known(error, scope.stoppedBy, deps) };
  } finally {
    scope.close();
  }
  const seconds = (deps.clock.monotonic() - start) / 1000;
  const code = outcome.error?.code ?? 'OK';
  deps.handling.observe({ grpc_service: at.service, grpc_method: at.method, grpc_code: code }, seconds);
  if (outcome.error !== undefined || deps.log.isLevelEnabled('debug')) logOnce(scope.log, outcome.error, seconds);
  scope.endSpan(outcome.error);
  deps.calls.inFlight--;
  deps.inFlight.set(deps.calls.inFlight);
  if (deps.calls.inFlight === 0) {
    deps.calls.idle.resolve();
    deps.calls.idle = Promise.withResolvers();
  }
  return outcome;
}

/** Whose certificate is good and who has no business here: a stolen key of one service opens no other edge of the call graph. */
function refuseStrangers(call: Call, callers: readonly string[] | undefined): void {
  if (callers === undefined) return;
  const name = call.getAuthContext().sslPeerCertificate?.subject.CN;
  if (typeof name === 'string' && callers.includes(name)) return;
  throw permissionDenied(
    'CALLER_NOT_ALLOWED',
    `${String(name ?? 'a caller without a certificate')} may not call this service`,
  );
}

/**
 * What a handler is given. Logger, trace and signal are made when somebody first asks: most calls are answered without, and
 * together they cost more than a small handler does.
 */
class CallScope implements CallContext {
  readonly deadlineMs: number;
  readonly requestId: string;
  readonly metadata: Metadata;
  readonly trailer = new Metadata();
  /** Why the call was stopped from outside; undefined while it was not. */
  stoppedBy: ServiceError | undefined;
  readonly #call: Call;
  readonly #at: CallSite;
  readonly #deps: HandlerDeps;
  readonly #start: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #abort: AbortController | undefined;
  #reject: ((reason: ServiceError) => void) | undefined;
  #log: Logger | undefined;
  #trace: Span | undefined;

  constructor(call: Call, at: CallSite, deps: HandlerDeps, start: number) {
    this.#call = call;
    this.#at = at;
    this.#deps = deps;
    this.#start = start;
    this.metadata = call.metadata;
    this.requestId = text(call.metadata, REQUEST_ID_KEY) ?? newId();
    this.trailer.set(REQUEST_ID_KEY, this.requestId);
    const asked = Number(call.getDeadline()) - deps.clock.now();
    this.deadlineMs = at.stream ? asked : Math.min(asked, deps.maxDeadlineMs ?? 30_000);
    if (Number.isFinite(this.deadlineMs)) {
      this.#timer = setTimeout(this.#onDeadline, Math.min(Math.max(0, this.deadlineMs), 2 ** 31 - 1));
    }
    call.on('cancelled', this.#onCancelled);
    // A span begins with its call, whether or not somebody asks for its ids.
    if (isTracing()) void this.#span;
    if (!at.stream) return;
    if (deps.draining.aborted) this.#onDrain();
    else deps.draining.addEventListener('abort', this.#onDrain);
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.stoppedBy !== undefined) this.#abort.abort(this.stoppedBy);
    }
    return this.#abort.signal;
  }

  get traceparent(): string {
    return this.#span.traceparent;
  }

  get log(): Logger {
    this.#log ??= this.#deps.log.child({
      request_id: this.requestId,
      trace_id: this.#span.traceId,
      grpc_service: this.#at.service,
      grpc_method: this.#at.method,
    });
    return this.#log;
  }

  remainingMs(): number {
    return Math.max(0, this.deadlineMs - (this.#deps.clock.monotonic() - this.#start));
  }

  onward(): CallOptions {
    const { signal, requestId, traceparent } = this;
    return { signal, requestId, traceparent, deadlineMs: this.remainingMs() };
  }

  /** Whichever comes first. The loser's rejection is taken note of, so it never becomes an unhandled one. */
  orStopped<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.stoppedBy !== undefined) reject(this.stoppedBy);
      work.then(resolve, reject);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#call.off('cancelled', this.#onCancelled);
    if (this.#at.stream) this.#deps.draining.removeEventListener('abort', this.#onDrain);
  }

  /** The trace is made when something inside first sends it on. */
  inTrace<T>(work: () => T): T {
    return runInTrace(() => this.traceparent, work);
  }

  endSpan(error: ServiceError | undefined): void {
    this.#trace?.set({ 'rpc.grpc.status_code': error?.code ?? 'OK' });
    this.#trace?.end(error !== undefined && FAILURES.has(error.code) ? error : undefined);
  }

  get #span(): Span {
    const { service, method } = this.#at;
    this.#trace ??= openSpan(`${service}/${method}`, {
      kind: 'server',
      parent: text(this.metadata, TRACE_KEY),
      attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method, request_id: this.requestId },
    });
    return this.#trace;
  }

  readonly #onDeadline = () => this.#stop(deadlineExceeded('DEADLINE_EXCEEDED', 'the deadline has passed'));
  readonly #onCancelled = () => this.#stop(cancelled('CANCELLED', 'the caller has gone'));
  readonly #onDrain = () => this.#stop(unavailable('SERVER_DRAINING', 'the server is going away, connect again'));

  #stop(reason: ServiceError): void {
    if (this.stoppedBy !== undefined) return;
    this.stoppedBy = reason;
    this.#abort?.abort(reason);
    this.#reject?.(reason);
  }
}

/** A refusal is an answer; these are not. */
const FAILURES: ReadonlySet<string> = new Set(['INTERNAL', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'UNKNOWN']);

function known(error: unknown, stoppedBy: ServiceError | undefined, deps: HandlerDeps): ServiceError {
  // A handler that stopped because it was told to has nothing of its own to report.
  if (stoppedBy !== undefined) return stoppedBy;
  if (error instanceof ServiceError) return error;
  return deps.mapError?.(error) ?? asServiceError(error);
}

function logOnce(log: Logger, error: ServiceError | undefined, seconds: number): void {
  const ms = Math.round(seconds * 1e6) / 1e3;
  if (error === undefined) log.debug({ ms, code: 'OK' }, 'call answered');
  else if (error.code === 'INTERNAL')
    log.error({ ms, code: error.code, reason: error.reason, err: error }, 'call failed');
  else if (error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED') {
    log.warn({ ms, code: error.code, reason: error.reason, err: error }, 'call failed');
  } else log.info({ ms, code: error.code, reason: error.reason }, 'call refused');
}

function text(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === 'string' && value !== '' && value.length <= 128 ? value : undefined;
}
