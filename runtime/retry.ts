import type { Clock } from './clock.ts';
import { isRetryable } from './errors.ts';

/** The delay side of a retry (jittered exponential) and the decider, apart from each other. */
export interface RetryPolicy {
  /** Tries in all, the first included; Infinity to go on until the signal aborts. */
  readonly maxAttempts: number;
  /** Ceiling of the first delay. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** Growth of the ceiling per attempt; 2 unless told. */
  readonly factor?: number;
  /** The decider: whether this failure is worth another try. `isRetryable` unless told. */
  readonly shouldRetry?: (error: unknown, attempt: number) => boolean;
}

export interface RetryDeps {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Uniform in [0, 1); Math.random unless told. */
  readonly random?: () => number;
  /** Told before each wait; for one log line or a counter. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
}

/**
 * Calls `fn(attempt)` until it succeeds, the policy refuses, or the signal aborts. Throws the last error of `fn`, also
 * when aborted during a wait, because that says more than the abort does.
 */
export async function retry<T>(policy: RetryPolicy, fn: (attempt: number) => Promise<T>, deps: RetryDeps): Promise<T> {
  const shouldRetry = policy.shouldRetry ?? isRetryable;
  for (let attempt = 1; ; attempt++) {
    deps.signal?.throwIfAborted();
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= policy.maxAttempts || deps.signal?.aborted || !shouldRetry(error, attempt)) throw error;
      const delayMs = backoffMs(policy, attempt, deps.random);
      deps.onRetry?.(error, attempt, delayMs);
      try {
        await deps.clock.sleep(delayMs, deps.signal);
      } catch {
        throw error;
      }
    }
  }
}

/**
 * Wait after failed attempt number `attempt` (1-based): between half and the whole of the exponential ceiling, so that
 * many callers spread out and yet none hammers.
 */
export function backoffMs(
  policy: Pick<RetryPolicy, 'initialMs' | 'maxMs' | 'factor'>,
  attempt: number,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(policy.maxMs, policy.initialMs * (policy.factor ?? 2) ** Math.min(attempt - 1, 64));
  return ceiling / 2 + random() * (ceiling / 2);
}
