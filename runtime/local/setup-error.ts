/**
 * A failure that the person at the keyboard can act on: `message` is one sentence saying what is missing or wrong and what
 * to type. Programs print it without a stack trace and exit 1.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** Someone pressed Ctrl-C (or sent SIGTERM) half-way. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  constructor() {
    super('Interrupted.');
  }
}

/** Throws InterruptedError once the signal has fired. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new InterruptedError();
}
