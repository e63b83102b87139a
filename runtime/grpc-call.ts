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
import type { CallContext } from './grpc-types.ts';
import { newId } from './ids.ts';
import type { Logger } from './log.ts';
import { continueTrace } from './trace-context.ts';

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
  const scope = openScope(call, at, deps, start);
  const { trailer } = scope;
  let outcome: Outcome<T>;
  try {
    if (deps.calls.inFlight > (deps.maxConcurrentCalls ?? Number.POSITIVE_INFINITY)) {
      throw resourceExhausted('OVERLOADED', 'too many calls at once, try again shortly', { retryable: true });
    }
    refuseStrangers(call, deps.callers);
    outcome = { trailer, value: await orAborted(handle(scope.ctx), scope.ctx.signal) };
  } catch (error) {
    outcome = { trailer, error: known(error, scope.ctx.signal, deps) };
  } finally {
    scope.close();
  }
  const seconds = (deps.clock.monotonic() - start) / 1000;
  const code = outcome.error?.code ?? 'OK';
  deps.handling.observe({ grpc_service: at.service, grpc_method: at.method, grpc_code: code }, seconds);
  logOnce(scope.ctx.log, outcome.error, seconds);
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

function openScope(call: Call, at: CallSite, deps: HandlerDeps, start: number) {
  const isStream = at.stream;
  const requestId = text(call.metadata, REQUEST_ID_KEY) ?? newId();
  const trace = continueTrace(text(call.metadata, TRACE_KEY));
  const asked = Number(call.getDeadline()) - deps.clock.now();
  const deadlineMs = isStream ? asked : Math.min(asked, deps.maxDeadlineMs ?? 30_000);
  const abort = new AbortController();
  const timer = Number.isFinite(deadlineMs)
    ? setTimeout(
        () => abort.abort(deadlineExceeded('DEADLINE_EXCEEDED', 'the deadline has passed')),
        Math.min(Math.max(0, deadlineMs), 2 ** 31 - 1),
      )
    : undefined;
  const onCancelled = () => abort.abort(cancelled('CANCELLED', 'the caller has gone'));
  call.on('cancelled', onCancelled);
  const onDrain = () => abort.abort(unavailable('SERVER_DRAINING', 'the server is going away, connect again'));
  if (isStream) {
    if (deps.draining.aborted) onDrain();
    else deps.draining.addEventListener('abort', onDrain);
  }
  const remainingMs = () => Math.max(0, deadlineMs - (deps.clock.monotonic() - start));
  const ctx: CallContext = {
    signal: abort.signal,
    deadlineMs,
    remainingMs,
    log: deps.log.child({
      request_id: requestId,
      trace_id: trace.traceId,
      grpc_service: at.service,
      grpc_method: at.method,
    }),
    metadata: call.metadata,
    requestId,
    traceparent: trace.traceparent,
    onward: () => ({ signal: abort.signal, requestId, traceparent: trace.traceparent, deadlineMs: remainingMs() }),
  };
  const trailer = new Metadata();
  trailer.set(REQUEST_ID_KEY, requestId);
  const close = () => {
    clearTimeout(timer);
    call.off('cancelled', onCancelled);
    deps.draining.removeEventListener('abort', onDrain);
  };
  return { ctx, trailer, close };
}

/** Whichever comes first. The loser's rejection is taken note of, so it never becomes an unhandled one. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function known(error: unknown, signal: AbortSignal, deps: HandlerDeps): ServiceError {
  // A handler that stopped because it was told to has nothing of its own to report.
  if (signal.aborted && signal.reason instanceof ServiceError) return signal.reason;
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
