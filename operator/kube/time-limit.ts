export interface TimeLimit {
  /** Aborted when the time is over, or with the parent's reason where the parent ends first. */
  readonly signal: AbortSignal;
  /** Whether it was the time that ended it. */
  timedOut(): boolean;
  /** Takes the limit back, when the work is done. */
  end(): void;
}

/**
 * `why` is what the abort says. Taken back at the end of the work: timers and signals of `AbortSignal.timeout` stay for their whole
 * time, and with a hundred calls a second those are thousands.
 */
export function startLimit(parent: AbortSignal | undefined, ms: number, why: string): TimeLimit {
  const own = new AbortController();
  let over: DOMException | undefined;
  const stop = () => own.abort(parent?.reason);
  const timer = setTimeout(() => {
    over = new DOMException(why, 'TimeoutError');
    own.abort(over);
  }, ms).unref();
  if (parent?.aborted) stop();
  else parent?.addEventListener('abort', stop, { once: true });
  return {
    signal: own.signal,
    timedOut: () => over !== undefined && own.signal.reason === over,
    end: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', stop);
    },
  };
}
