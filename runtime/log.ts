import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

/** Structured logger: constant message, facts as fields. `log.child({request_id, trace_id})` per request. */
export type Logger = PinoLogger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  readonly service: string;
  readonly version?: string | undefined;
  readonly level?: LogLevel | undefined;
  /** Where lines go; standard output, written synchronously so that a crash loses none, unless told. */
  readonly destination?: DestinationStream | undefined;
}

const SECRET_NAMES = [
  'password',
  'passwordHash',
  'password_hash',
  'token',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'admissionToken',
  'admission_token',
  'idToken',
  'secret',
  'apiKey',
  'api_key',
  'privateKey',
  'private_key',
  'checksumKey',
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'email',
  'emailAddress',
  'email_address',
  'phone',
  'connectionString',
];

/** Paths at depth 0, 1 and 2: deeper objects do not belong in a log line. */
const REDACT_PATHS = SECRET_NAMES.flatMap((name) => {
  const key = /^[A-Za-z_]+$/.test(name)
    ? { root: name, nested: `.${name}` }
    : { root: `["${name}"]`, nested: `["${name}"]` };
  return [key.root, `*${key.nested}`, `*.*${key.nested}`];
});

/** JSON lines with ISO time, level names, `service` and `version`; secrets and personal fields are replaced. */
export function createLogger({ service, version, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: version === undefined ? { service } : { service, version },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACT_PATHS, censor: '[redacted]' },
    // Errors are logged as `err` (pino's own key) or `error`; both get message, stack, code and cause.
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
  };
  return destination === undefined ? pino(options, pino.destination({ sync: true })) : pino(options, destination);
}

/** A logger that writes nothing: for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
