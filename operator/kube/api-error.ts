/** The API server said no: status code, and the machine-readable reason of its Status object (`Conflict`, `Invalid`, ...). */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  readonly status: number;
  readonly reason: string;
  /** What the server asked for in Retry-After, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(request: string, status: number, body: unknown, retryAfterMs?: number) {
    const facts = isStatus(body) ? body : undefined;
    super(`${request}: ${status} ${facts?.message ?? facts?.reason ?? 'without a message'}`);
    this.status = status;
    this.reason = facts?.reason ?? '';
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came: connection refused or reset, or nothing within the time limit. */
export class KubeConnectionError extends Error {
  override readonly name = 'KubeConnectionError';
  readonly timedOut: boolean;

  constructor(request: string, cause: unknown, timedOut: boolean) {
    super(`${request}: ${timedOut ? 'no answer in time' : describe(cause)}`, { cause });
    this.timedOut = timedOut;
  }
}

/** Somebody changed the object in between, or another field manager owns a field. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 404;
}

/** The object itself is refused: sending it again cannot help. */
export function isInvalid(error: unknown): boolean {
  if (!(error instanceof KubeApiError)) return false;
  // Server-side apply answers 500 when the object does not fit the schema.
  const misfit = error.status === 500 && error.message.includes('failed to create typed patch object');
  return error.status === 422 || error.status === 400 || misfit;
}

/** The resource version asked for is no longer known: list again. */
export function isGone(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 410;
}

function isStatus(body: unknown): body is { message?: string; reason?: string } {
  return typeof body === 'object' && body !== null;
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as NodeJS.ErrnoException).code;
  return code === undefined ? cause.message : `${cause.message} (${code})`;
}

export function isForbidden(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 403;
}
