import type { Clock } from '#runtime/clock.ts';
import { unavailable } from '#runtime/errors.ts';

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
