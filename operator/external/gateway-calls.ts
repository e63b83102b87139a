import { fetch } from 'undici';
import { ServiceError } from '#runtime/errors.ts';
import type { Ticketing } from './ticketing.ts';

const HTTP_TIMEOUT_MS = 5_000;

/** What the gateway answered. */
export interface Answer {
  readonly status: number;
  readonly what: string;
  readonly body: unknown;
}

export interface CallOptions {
  readonly body?: object;
  readonly accessToken?: string;
  readonly idempotencyKey?: string;
  readonly timeoutMs?: number;
}

/** One request to the gateway's API. Throws when nobody answers in time; a refusal is an answer. */
export async function call(
  { ticketing }: { readonly ticketing: Ticketing },
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
  options: CallOptions = {},
): Promise<Answer> {
  const response = await fetch(`${ticketing.gatewayUrl}/api/v1${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.accessToken === undefined ? {} : { authorization: `Bearer ${options.accessToken}` }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs ?? HTTP_TIMEOUT_MS)]),
  });
  const text = await response.text();
  return { status: response.status, what: `${method} ${path}`, body: parse(text) };
}

/** `count` reads of what buyers read first, spread over the replicas by the Service. Returns how many succeeded. */
export async function readThroughGateway(
  ticketing: Ticketing,
  eventId: string,
  count: number,
  signal: AbortSignal,
): Promise<{ succeeded: number; failure?: string }> {
  const paths = [`/events/${eventId}`, `/events/${eventId}/ticket-classes`, `/events/${eventId}/waitroom/tick`];
  let succeeded = 0;
  let failure: string | undefined;
  for (let done = 0; done < count; done += paths.length) {
    const answers = await Promise.allSettled(paths.map((path) => call({ ticketing }, 'GET', path, signal)));
    for (const answer of answers) {
      if (answer.status === 'rejected') failure = describe(answer.reason);
      else if (answer.value.status >= 400) failure = problemOf(answer.value);
      else succeeded += 1;
    }
    if (failure !== undefined) break;
  }
  return { succeeded, ...(failure === undefined ? {} : { failure }) };
}

/** The body. Throws, with what the gateway said, for a status of 400 and above. */
export function expectOk<T>(answer: Answer): T {
  if (answer.status >= 400) throw new Error(problemOf(answer));
  return answer.body as T;
}

function problemOf({ status, what, body }: Answer): string {
  const problem = body as { code?: string; reason?: string; detail?: string } | undefined;
  const said = [problem?.reason ?? problem?.code, problem?.detail].filter(Boolean).join(': ');
  return `${what} answered ${status}${said === '' ? '' : ` ${said}`}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An error for people, without what changes from one try to the next. */
export function describe(error: unknown): string {
  if (error instanceof ServiceError) {
    // What the transport says of a service that is not there is long, and says only this.
    const refused = /connect \S+ [\d.:]+/.exec(error.message)?.[0];
    if (error.code === 'UNAVAILABLE' && refused !== undefined) return `the service does not answer: ${refused}`;
    return `${error.reason === error.code ? error.code : `${error.code} ${error.reason}`}: ${error.message}`;
  }
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
