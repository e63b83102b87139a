/**
 * The stable words of problems by HTTP status, for the OpenAPI document. Words of the services behind come through as they are; new
 * ones may be added, these do not change their meaning.
 */
export const PROBLEM_CODES: Readonly<Record<number, readonly string[]>> = {
  400: [
    'INVALID_REQUEST',
    'INVALID_JSON',
    'INVALID_ID',
    'INVALID_EMAIL',
    'INVALID_NAME',
    'INVALID_PASSWORD',
    'WRONG_PASSWORD',
    'INVALID_KEY',
    'INVALID_LINES',
    'INVALID_QUANTITY',
    'PROVIDER_NOT_ALLOWED',
    'INVALID_REASON',
    'INVALID_PAGE_TOKEN',
    'INVALID_MONEY',
    'INVALID_SALE',
    'INVALID_SCAN',
    'INVALID_TIME',
    'OWN_ROLE',
  ],
  401: [
    'TOKEN_MISSING',
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'TOKEN_NOT_YET_VALID',
    'TOKEN_REUSED',
    'SESSION_ENDED',
    'BAD_CREDENTIALS',
  ],
  403: ['ROLE_REQUIRED', 'REHEARSAL_ONLY', 'TOKEN_FOREIGN', 'SCHEDULING_FORBIDDEN'],
  404: [
    'NO_SUCH_ROUTE',
    'EVENT_NOT_FOUND',
    'ORDER_NOT_FOUND',
    'SALE_NOT_FOUND',
    'SESSION_NOT_FOUND',
    'TICKET_NOT_FOUND',
    'TICKETS_NOT_READY',
    'USER_NOT_FOUND',
  ],
  409: [
    'EMAIL_TAKEN',
    'IDEMPOTENCY_KEY_REUSED',
    'ROOM_CLOSED',
    'ROOM_CHANGED',
    'NOT_JOINED',
    'NOT_ADMITTED_YET',
    'CLAIM_EXPIRED',
    'SOLD_OUT',
    'TOKEN_USED',
    'ORDER_PAID',
    'ORDER_NOT_PAID',
    'SALE_BEGUN',
    'SALE_CHANGED',
    'SALE_NOT_OPEN',
    'SALE_NOT_PREPARED',
    'SALE_OVER',
    'SALE_READ_ONLY',
    'SALE_REFUSED',
    'ORGANISERS_DISABLED',
    'ALREADY_EXISTS',
    'CONTENDED',
  ],
  413: ['BODY_TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  429: ['RATE_LIMITED', 'SIGNIN_DELAYED', 'QUEUE_FULL', 'QUOTA_EXCEEDED', 'BUSY', 'OVERLOADED', 'TOO_MANY_STREAMS'],
  500: ['INTERNAL'],
  503: [
    'UNAVAILABLE',
    'CONNECTION_LOST',
    'DATABASE_UNAVAILABLE',
    'REDIS_UNAVAILABLE',
    'ROOM_RECOVERING',
    'ORDERS_BUSY',
    'ORDERS_UNAVAILABLE',
    'ORDER_SLOW',
    'SCAN_BUSY',
    'SCHEDULER_UNAVAILABLE',
    'STREAMS_EXHAUSTED',
    'SERVER_DRAINING',
  ],
  504: ['DEADLINE_EXCEEDED', 'NOT_CONNECTED', 'DATABASE_SLOW', 'REDIS_SLOW'],
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
