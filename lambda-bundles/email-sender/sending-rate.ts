import { isThrottled } from '#runtime/aws-throttling.ts';
import type { RetryPolicy } from '#runtime/retry.ts';

/** What one more wait, one more try and the mark that the mail is sent may take at most, ms. */
const LAST_TRY_MS = 8_000;

/**
 * While SES lets an account send no faster, a call waits with its mails instead of giving them back: after five returns SQS
 * would put them into the dead-letter queue, and a sale or a cancelled event has more mails than SES takes in that time.
 * Source: SES developer guide, "Errors related to the sending quotas".
 */
export const whenSentTooFast = (remainingMs: () => number): RetryPolicy => ({
  maxAttempts: 12,
  initialMs: 500,
  maxMs: 4_000,
  shouldRetry: (error) => isTooFast(error) && remainingMs() > LAST_TRY_MS,
});

/** Not a day's quota: that one does not pass while a call waits. */
export function isTooFast(error: unknown): boolean {
  return error instanceof Error && isThrottled(error) && !/daily/i.test(error.message);
}
