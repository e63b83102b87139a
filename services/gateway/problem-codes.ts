/**
 * The stable words of problems by HTTP status, for the OpenAPI document. Words of the services behind come through as they are; new
 * ones may be added, these do not change their meaning.
 */
export const PROBLEM_CODES: Readonly<Record<number, readonly string[]>> = {
  400: [
    'INVALID_REQUEST',
    'INVALID_JSON',
    'INVALID_EMAIL',
    'INVALID_PASSWORD',
    'WRONG_PASSWORD',
    'INVALID_PAGE_TOKEN',
    'INVALID_SALE',
    'OWN_ROLE',
  ],
  401: ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REUSED', 'SESSION_ENDED', 'BAD_CREDENTIALS'],
  403: ['ROLE_REQUIRED', 'REHEARSAL_ONLY'],
  404: [
    'EVENT_NOT_FOUND',
    'ORDER_NOT_FOUND',
    'SALE_NOT_FOUND',
    'SESSION_NOT_FOUND',
    'USER_NOT_FOUND',
    'TICKETS_NOT_READY',
  ],
  409: [
    ...[
      'EMAIL_TAKEN',
      'IDEMPOTENCY_KEY_REUSED',
      'ROOM_CLOSED',
      'NOT_JOINED',
      'NOT_ADMITTED_YET',
      'TOKEN_USED',
      'ORDER_PAID',
    ],
    ...['LIMIT_EXCEEDED', 'SALE_BEGUN', 'SALE_OVER', 'SALE_NOT_OPEN', 'SALE_READ_ONLY', 'ORGANISERS_DISABLED'],
  ],
  413: ['BODY_TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  429: ['RATE_LIMITED', 'SIGNIN_DELAYED', 'SOLD_OUT', 'QUOTA_EXCEEDED', 'BUSY', 'TOO_MANY_STREAMS'],
  500: ['INTERNAL'],
  503: ['UNAVAILABLE', 'STREAMS_EXHAUSTED', 'SERVER_DRAINING'],
  504: ['DEADLINE_EXCEEDED'],
};

interface RouteSchema {
  readonly response?: Readonly<Record<string, object>>;
  readonly security?: unknown;
  readonly body?: unknown;
  readonly params?: unknown;
}

/** The problems that a route may answer with, one response for each status, naming the codes. */
export function problemResponses({ security, body, params }: RouteSchema): Record<string, object> {
  const statuses = [400, 429, 500, 503, 504];
  if (security !== undefined) statuses.push(401, 403);
  if (security === undefined && body !== undefined) statuses.push(401);
  if (params !== undefined || security !== undefined) statuses.push(404);
  if (body !== undefined || params !== undefined || security !== undefined) statuses.push(409);
  if (body !== undefined) statuses.push(413, 415);
  const schema = { $ref: 'Problem#' };
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: `A problem; code is one of ${(PROBLEM_CODES[status] ?? []).join(', ')}`,
        content: { 'application/problem+json': { schema } },
      },
    ]),
  );
}
