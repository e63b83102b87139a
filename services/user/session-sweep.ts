import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Pool } from '#runtime/pg.ts';
import { forgetResets } from './sql/passwords.ts';
import { forgetSessions } from './sql/sessions.ts';

const EVERY_MS = 60 * 60 * 1000;
const KEEP_DAYS = 30;
const BATCH = 1_000;

/** Once an hour, forgets sessions that ended a month ago, in small batches, until the signal aborts. */
export async function forgetOldSessions(
  { pool, clock, log }: { readonly pool: Pool; readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(EVERY_MS, signal).catch(() => {});
    try {
      await forgetResets(pool);
      let forgotten = BATCH;
      while (!signal.aborted && forgotten === BATCH) forgotten = await forgetSessions(pool, KEEP_DAYS, BATCH);
    } catch (error) {
      log.warn({ err: error }, 'old sessions could not be forgotten, next try in an hour');
    }
  }
}
