import type { Clock } from '../clock.ts';
import type { Environment } from '../config.ts';
import { createLogger, type Logger, type LogLevel } from '../log.ts';
import { runInTrace } from '../trace-context.ts';
import { flushTraces, openSpan, startTracing } from '../tracing.ts';
import { emitMetrics, type Metrics } from './embedded-metrics.ts';
import { tellSourcePositions } from './source-positions.ts';
import { xrayParent } from './xray-trace.ts';

/** The part of Lambda's context that is read here. */
export interface LambdaContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis?: () => number;
}

/** One call of the function. */
export interface Invocation {
  /** Carries the request id, and on each line the trace in which it is written. */
  readonly log: Logger;
  /** Until Lambda ends this call, ms; the function's own timeout where nobody says. */
  readonly remainingMs: () => number;
  /** W3C header to send onward. */
  readonly traceparent: string;
  /** Written as embedded metrics when the call ends. */
  readonly metrics: Metrics;
  /** This call could not do its work although it does not throw: it counts as failed when a new version is judged. */
  fault(): void;
}

export interface FunctionOptions<E, R> {
  /** As in the catalogue: `outbox-processor`. */
  readonly name: string;
  /** The process environment, read when the module is loaded and, for the trace, on each call. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly handle: (event: E, invocation: Invocation) => Promise<R>;
  /** Whether the function could work: secrets, stores and addresses are there. Throws what is wrong; leaves no trace behind. */
  readonly check: (invocation: Invocation) => Promise<void>;
  readonly write?: (line: string) => void;
}

export interface CheckAnswer {
  readonly ok: true;
}

/** The longest that a collector which does not answer may hold up an answer. */
const FLUSH_MS = 500;

/** What the operator calls a new version with before anybody else does. */
const isCheck = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'ticketbottle' in event && event.ticketbottle === 'check';

/**
 * The handler of a function: a logger with ids, metrics per version, and the answer to the operator's check. What `handle`
 * throws is thrown on, so that Lambda counts and repeats it.
 */
export function lambdaFunction<E, R>(
  options: FunctionOptions<E, R>,
): (event: E, context?: LambdaContext) => Promise<R | CheckAnswer> {
  const { name, env, clock, handle, check } = options;
  const identity = {
    FunctionName: env.AWS_LAMBDA_FUNCTION_NAME ?? name,
    FunctionVersion: env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST',
  };
  const root = createLogger({
    service: name,
    version: identity.FunctionVersion,
    level: (env.LOG_LEVEL as LogLevel | undefined) ?? 'info',
    traced: true,
  });
  startTracing({ service: name, version: identity.FunctionVersion, env });
  tellSourcePositions(import.meta.url);
  let cold = true;

  return async (event, context = {}) => {
    const startedAt = clock.monotonic();
    const span = openSpan(name, {
      kind: 'server',
      parent: xrayParent(env._X_AMZN_TRACE_ID),
      attributes: { 'faas.invocation_id': context.awsRequestId ?? '', 'faas.version': identity.FunctionVersion },
    });
    const log = root.child({ request_id: context.awsRequestId });
    const metrics: Metrics = {};
    let faults = 0;
    const invocation: Invocation = {
      log,
      metrics,
      traceparent: span.traceparent,
      remainingMs: () => context.getRemainingTimeInMillis?.() ?? 30_000,
      fault: () => {
        faults = 1;
      },
    };
    if (isCheck(event)) {
      await check(invocation);
      log.info('check passed');
      return { ok: true };
    }
    let failure: unknown;
    try {
      return await runInTrace(span.traceparent, () => handle(event, invocation));
    } catch (error) {
      failure = error;
      runInTrace(span.traceparent, () => log.error({ err: error }, 'invocation failed'));
      throw error;
    } finally {
      span.set({ 'faas.coldstart': cold, fault: faults > 0 });
      span.end(failure);
      // Lambda counts what throws; a fault is what it cannot see.
      metrics.Faults = [faults, 'Count'];
      metrics.ColdStarts = [cold ? 1 : 0, 'Count'];
      metrics.HandlerDuration = [clock.monotonic() - startedAt, 'Milliseconds'];
      cold = false;
      emitMetrics(clock, identity, metrics, options.write);
      // Once it has answered, Lambda stops the process where it stands.
      await flushTraces(FLUSH_MS);
    }
  };
}
