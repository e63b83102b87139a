import type { RolloutAlarm } from './rollout-alarms.ts';

/** Queries to a Prometheus that a rollout minds, written like alerts: what finds anything is on. */
export interface RolloutQueries {
  readonly prometheusUrl: string;
  readonly queries: readonly { readonly name: string; readonly query: string }[];
}

/** A rollout stands still meanwhile, but the operator has others to look after. */
const TIMEOUT_MS = 5_000;

/** What each query says now. Never throws but when `signal` is aborted: what is not answered is a state of its own. */
export async function readQueries(
  { prometheusUrl, queries }: RolloutQueries,
  signal: AbortSignal,
): Promise<RolloutAlarm[]> {
  const states = queries.map(async ({ name, query }): Promise<RolloutAlarm> => {
    try {
      return { what: 'query', name, ...(await ask(prometheusUrl, query, signal)) };
    } catch (error) {
      signal.throwIfAborted();
      return { what: 'query', name, state: 'Unanswered', why: `${prometheusUrl} does not answer: ${reasonOf(error)}` };
    }
  });
  return await Promise.all(states);
}

async function ask(
  prometheusUrl: string,
  query: string,
  signal: AbortSignal,
): Promise<Pick<RolloutAlarm, 'state' | 'why'>> {
  const response = await fetch(`${prometheusUrl.replace(/\/$/, '')}/api/v1/query?${new URLSearchParams({ query })}`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    redirect: 'error',
  });
  const answer = parse(await response.text());
  if (answer?.status === 'error' && answer.errorType === 'bad_data')
    return { state: 'Unanswered', why: `Prometheus refuses it: ${answer.error?.slice(0, 120)}` };
  if (!response.ok || answer?.status !== 'success')
    return { state: 'Unanswered', why: `${prometheusUrl} answers ${response.status}, not as Prometheus does` };
  if (answer.data?.resultType !== 'vector')
    return { state: 'Unanswered', why: `it gives a ${answer.data?.resultType}; compare it with a limit, like > 0.05` };
  return { state: (answer.data.result?.length ?? 0) > 0 ? 'ALARM' : 'OK' };
}

interface QueryAnswer {
  readonly status?: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: { readonly resultType?: string; readonly result?: readonly unknown[] };
}

function parse(text: string): QueryAnswer | undefined {
  try {
    return JSON.parse(text) as QueryAnswer; // Each field is looked at before it is believed.
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
