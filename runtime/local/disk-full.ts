import { SetupError } from './setup-error.ts';

/**
 * What to say when a step failed because a disk is full: this process's own write (ENOSPC) or that of a program it started,
 * which says so in its words. Undefined for any other failure.
 */
export function diskFull(step: string, failure: unknown): SetupError | undefined {
  for (let error = failure; error instanceof Error; error = error.cause) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC' && !/no space left on device/i.test(error.message)) continue;
    return new SetupError(
      `The disk filled up during "${step}"; free some space and start again, or choose another disk with TICKETBOTTLE_HOME=/path (what runs) or XDG_CACHE_HOME=/path (what is built)`,
      { cause: failure },
    );
  }
  return undefined;
}
