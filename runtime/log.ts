import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { redact, redactText } from './redaction.ts';
import { activeTrace, readTraceparent } from './trace-context.ts';

/** Structured logger: constant message, facts as fields. `log.child({request_id, trace_id})` per request. */
export type Logger = PinoLogger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  readonly service: string;
  readonly version?: string | undefined;
  readonly level?: LogLevel | undefined;
  /** Where lines go; standard output, written synchronously so that a crash loses none, unless told. */
  readonly destination?: DestinationStream | undefined;
  /** Each line names the trace in which it is written (`runInTrace`): for programs whose one call serves several traces. */
  readonly traced?: boolean;
}

/** JSON lines with ISO time, level names, `service` and `version`; secrets and personal fields are replaced. */
export function createLogger({ service, version, level = 'info', destination, traced }: LoggerOptions): Logger {
  const options = {
    level,
    base: version === undefined ? { service } : { service, version },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redact(fields),
    },
    // Errors are logged as `err` (pino's own key) or `error`; both get message, stack, code and cause.
    serializers: { err: serialiseError, error: serialiseError },
    ...(traced === true ? { mixin: traceOfLine } : {}),
  };
  const root = destination === undefined ? pino(options, pino.destination({ sync: true })) : pino(options, destination);
  // pino's own hook for bindings is not called for children. Children inherit from the root, this method included.
  const { child } = root;
  root.child = function (this: Logger, bindings, childOptions) {
    return child.call(this, redact(bindings), childOptions);
  } as typeof child;
  return root;
}

function traceOfLine(): object {
  const traceId = readTraceparent(activeTrace())?.traceId;
  return traceId === undefined ? {} : { trace_id: traceId };
}

function serialiseError(error: unknown): unknown {
  if (!(error instanceof Error)) return redact(error);
  const plain = pino.stdSerializers.errWithCause(error);
  return redact({ ...plain, message: redactText(plain.message), stack: redactText(plain.stack) });
}

/** A logger that writes nothing: for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
