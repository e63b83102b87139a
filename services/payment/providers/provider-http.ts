import type { Clock } from '#runtime/clock.ts';
import { unavailable } from '#runtime/errors.ts';
import { type Money, money } from '#runtime/money.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ProviderHttp {
  readonly baseUrl: string;
  /** Shorter than any hold step: a payment that waits longer is asked for with `query`. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** One call. Throws UNAVAILABLE PROVIDER_UNAVAILABLE when there is no usable answer: then it may or may not have happened. */
export async function callProvider(
  http: ProviderHttp,
  method: 'GET' | 'POST',
  path: string,
  options: { readonly body?: object; readonly headers?: Record<string, string>; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  try {
    const response = await fetch(new URL(path, http.baseUrl), {
      method,
      headers: { ...(options.body ? { 'content-type': 'application/json' } : {}), ...options.headers },
      ...(options.body ? { body: JSON.stringify(options.body) } : {}),
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(http.timeoutMs)]),
      redirect: 'error',
    });
    const text = await response.text();
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new Error('the answer is not a JSON object');
    // 429: too many calls at this moment, which says nothing of this one.
    if (response.status >= 500 || response.status === 429) throw new Error(`the answer is HTTP ${response.status}`);
    return { status: response.status, text, json: json as Record<string, unknown> };
  } catch (cause) {
    throw unavailable('PROVIDER_UNAVAILABLE', `no usable answer from the payment provider to ${method} ${path}`, {
      cause,
    });
  }
}

/** Whole dong that a provider says it received. An answer with anything else there tells nothing: it must not count as money. */
export function amountIn(value: unknown): Money {
  if (Number.isSafeInteger(value) && Number(value) > 0) return money(Number(value), 'VND');
  if (typeof value === 'string' && /^[1-9][0-9]{0,14}$/.test(value)) return money(Number(value), 'VND');
  throw unavailable('PROVIDER_UNAVAILABLE', `a payment provider says that ${JSON.stringify(value)} was received`);
}
