import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

interface RepeatOptions {
  readonly name: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Returns true when there is more to do at once. */
  readonly work: () => Promise<boolean>;
}

/** Runs a piece of housekeeping until the signal aborts; a failed round is told and tried again at the next. */
export async function repeat({ name, everyMs, clock, log, signal, work }: RepeatOptions): Promise<void> {
  while (!signal.aborted) {
    let more = false;
    try {
      more = await work();
    } catch (error) {
      log.warn({ err: error, job: name }, 'a housekeeping round failed');
    }
    // Between half and one and a half of the interval, so that replicas do not march in step.
    await clock.sleep(more ? 0 : everyMs * (0.5 + Math.random()), signal).catch(() => undefined);
  }
}
