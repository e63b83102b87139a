import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import {
  asServiceError,
  type ErrorCode,
  httpStatusOf,
  invalidArgument,
  publicMessage,
  ServiceError,
} from '#runtime/errors.ts';
import type { Logger } from '#runtime/log.ts';
import { readTraceparent } from '#runtime/trace-context.ts';
import { traceOf } from './onward.ts';

/** RFC 9457 problem of the API: `code` is the stable word that programs match on, `detail` is for people. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function problemOf(error: ServiceError, requestId: string): ProblemBody {
  return {
    type: 'about:blank',
    title: TITLE[error.code],
    status: httpStatusOf(error.code),
    code: error.reason,
    detail: publicMessage(error),
    requestId,
    ...(error.details === undefined || error.code === 'INTERNAL' ? {} : { details: error.details }),
  };
}

/** Any failure of a request, answered and, when it is ours, logged: the only place where that happens. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  const known = fromFastify(error) ?? asServiceError(error);
  const problem = { ...problemOf(known, request.id), ...ownStatus(error) };
  if (problem.status >= 500) {
    const trace_id = readTraceparent(traceOf(request))?.traceId;
    log.error({ err: error, request_id: request.id, trace_id }, 'request failed');
  }
  const waitMs = known.details?.['retryAfterMs'];
  if (typeof waitMs === 'number') reply.header('retry-after', String(Math.ceil(waitMs / 1000)));
  const mayCome = known.retryable || problem.status === 429;
  if (mayCome && !reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  return reply.code(problem.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

/** What Fastify itself throws: bodies and parameters that its schemas refuse, sizes, media types. */
function fromFastify(error: unknown): ServiceError | undefined {
  if (!(error instanceof Error) || error instanceof ServiceError) return undefined;
  const { validation, validationContext, statusCode } = error as FastifyError;
  if (validation) {
    const [first] = validation;
    const field = [validationContext, first?.instancePath.slice(1).replaceAll('/', '.')].filter(Boolean).join('.');
    return invalidArgument('INVALID_REQUEST', `${field} ${first?.message ?? 'is not valid'}`, { details: { field } });
  }
  if (statusCode === undefined || statusCode >= 500 || statusCode < 400) return undefined;
  const code = CODE_OF_STATUS[statusCode] ?? 'INVALID_ARGUMENT';
  return new ServiceError(code, REASON_OF_FASTIFY[(error as FastifyError).code] ?? 'INVALID_REQUEST', error.message);
}

/** Words of our own for what Fastify refuses: its names are not part of the API. */
const REASON_OF_FASTIFY: Readonly<Record<string, string | undefined>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  INVALID_JSON: 'INVALID_JSON',
};

/** HTTP has statuses of its own for these, gRPC has not. */
function ownStatus(error: unknown): { readonly status?: number } {
  const status = error instanceof Error && !(error instanceof ServiceError) && (error as FastifyError).statusCode;
  return status === 413 || status === 414 || status === 415 ? { status } : {};
}

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode | undefined>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
};

const TITLE: Readonly<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'The request is not valid',
  UNAUTHENTICATED: 'Sign in first',
  PERMISSION_DENIED: 'Not allowed',
  NOT_FOUND: 'Not found',
  ALREADY_EXISTS: 'It exists already',
  FAILED_PRECONDITION: 'Not possible now',
  ABORTED: 'Try again',
  RESOURCE_EXHAUSTED: 'Too much at once',
  CANCELLED: 'Cancelled',
  INTERNAL: 'Something broke',
  UNAVAILABLE: 'Not available at the moment',
  DEADLINE_EXCEEDED: 'It took too long',
};
