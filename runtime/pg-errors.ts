import {
  aborted,
  alreadyExists,
  deadlineExceeded,
  failedPrecondition,
  type ServiceError,
  unavailable,
} from './errors.ts';

export type PgFailure =
  | 'unique_violation'
  | 'foreign_key_violation'
  | 'check_violation'
  | 'not_null_violation'
  | 'serialization'
  | 'deadlock'
  | 'lock_timeout'
  | 'statement_timeout'
  | 'unavailable'
  | 'other';

export interface PgErrorClass {
  readonly failure: PgFailure;
  readonly sqlState: string;
  /** Name of the violated constraint, for the caller to tell one rule from another. */
  readonly constraint: string | undefined;
  /** True when nothing was committed and running the whole transaction again may succeed. */
  readonly retryable: boolean;
}

/** What a thrown pg or socket error means; undefined when it is neither. */
export function classifyPgError(error: unknown): PgErrorClass | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const constraint = 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : undefined;
  const failure = failureOf(code, error.message);
  if (failure === undefined) return undefined;
  return { failure, sqlState: code, constraint, retryable: RETRYABLE.has(failure) };
}

const RETRYABLE: ReadonlySet<PgFailure> = new Set(['serialization', 'deadlock', 'lock_timeout']);

const BY_SQLSTATE: Readonly<Record<string, PgFailure>> = {
  '23505': 'unique_violation',
  '23503': 'foreign_key_violation',
  '23514': 'check_violation',
  '23502': 'not_null_violation',
  '40001': 'serialization',
  '40P01': 'deadlock',
  '55P03': 'lock_timeout',
  '57014': 'statement_timeout',
  // Going down, starting up, out of connections or disk, read-only after a failover.
  '57P01': 'unavailable',
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '57P05': 'unavailable',
  '53100': 'unavailable',
  '53300': 'unavailable',
  '25006': 'unavailable',
};

const SOCKET_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
/** pg throws these without a code. */
const SOCKET_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/;

function failureOf(code: string, message: string): PgFailure | undefined {
  const known = BY_SQLSTATE[code];
  if (known !== undefined) return known;
  if (code.startsWith('08') || SOCKET_CODES.has(code) || SOCKET_MESSAGES.test(message)) return 'unavailable';
  return /^[0-9A-Z]{5}$/.test(code) ? 'other' : undefined;
}

/**
 * For `mapError` of the gRPC server: what a database error means to a caller. A service maps its own constraints before
 * it comes to this; `other` stays unmapped, because an error nobody foresaw is INTERNAL.
 */
export function pgServiceError(error: unknown): ServiceError | undefined {
  const known = classifyPgError(error);
  const options = { cause: error };
  switch (known?.failure) {
    case 'unique_violation':
      return alreadyExists('ALREADY_EXISTS', 'it exists already', options);
    case 'foreign_key_violation':
    case 'check_violation':
    case 'not_null_violation':
      return failedPrecondition('RULE_VIOLATED', 'a rule of the store forbids it', options);
    case 'serialization':
    case 'deadlock':
    case 'lock_timeout':
      return aborted('CONTENDED', 'too many changes at once, try again', options);
    case 'statement_timeout':
      return deadlineExceeded('DATABASE_SLOW', 'the database took too long', options);
    case 'unavailable':
      return unavailable('DATABASE_UNAVAILABLE', 'the database cannot be reached', options);
    default:
      return undefined;
  }
}
