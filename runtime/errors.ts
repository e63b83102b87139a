/** Closed set of failure classes, the gRPC ones a caller can act on. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'ABORTED'
  | 'CANCELLED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL';

/** Facts for the caller: JSON values only (a bigint is written as a decimal string at the edges). */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ServiceErrorOptions {
  readonly details?: ErrorDetails | undefined;
  /** Whether sending the very same request again may succeed without anything else changing. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/**
 * The one failure type that crosses edges. `reason` is a stable SCREAMING_SNAKE word that machines match on
 * (`SOLD_OUT`, `TOKEN_EXPIRED`); `message` is for people. Expected outcomes are returned values instead.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: ErrorDetails | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, reason: string, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = reason;
    this.details = options.details;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
  }
}

/** UNAVAILABLE: nothing was done. ABORTED: a race was lost and undone. All else needs something to change first. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'ABORTED']);

type Construct = (reason: string, message: string, options?: ServiceErrorOptions) => ServiceError;
const constructorOf =
  (code: ErrorCode): Construct =>
  (reason, message, options) =>
    new ServiceError(code, reason, message, options);

export const invalidArgument = constructorOf('INVALID_ARGUMENT');
export const notFound = constructorOf('NOT_FOUND');
export const alreadyExists = constructorOf('ALREADY_EXISTS');
export const failedPrecondition = constructorOf('FAILED_PRECONDITION');
export const resourceExhausted = constructorOf('RESOURCE_EXHAUSTED');
export const permissionDenied = constructorOf('PERMISSION_DENIED');
export const unauthenticated = constructorOf('UNAUTHENTICATED');
export const aborted = constructorOf('ABORTED');
export const cancelled = constructorOf('CANCELLED');
export const unavailable = constructorOf('UNAVAILABLE');
export const deadlineExceeded = constructorOf('DEADLINE_EXCEEDED');
export const internal = constructorOf('INTERNAL');

/** Any thrown value as a ServiceError; what is not one becomes INTERNAL with a message that reveals nothing. */
export function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  return internal('INTERNAL', 'internal error', { cause: error });
}

/** True for a ServiceError that says so; unknown errors are not retried unless the caller's own decider knows them. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ServiceError && error.retryable;
}

const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

export function httpStatusOf(code: ErrorCode): number {
  return HTTP_STATUS[code];
}

/** RFC 9457 problem document; `reason` and `code` are extension members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details?: ErrorDetails;
}

/** The HTTP answer to any thrown value. Never carries a stack, a cause, or the message of an internal error. */
export function toProblem(error: unknown): Problem {
  const known = asServiceError(error);
  return {
    type: 'about:blank',
    title: known.code.toLowerCase().replaceAll('_', ' '),
    status: httpStatusOf(known.code),
    detail: publicMessage(known),
    code: known.code,
    reason: known.reason,
    ...(known.details === undefined || known.code === 'INTERNAL' ? {} : { details: known.details }),
  };
}

/** The message that may leave the process. */
export function publicMessage(error: ServiceError): string {
  return error.code === 'INTERNAL' ? 'internal error' : error.message;
}
