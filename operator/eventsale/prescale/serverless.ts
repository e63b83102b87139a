import type { SaleConcurrency } from '#operator/external/sale-concurrency.ts';
import type { WarmThroughput } from '#operator/external/warm-throughput.ts';
import type { PrescaleLine } from './line.ts';

/** The parts of AWS that a sale warms up. */
export interface CloudLink {
  readonly concurrency: SaleConcurrency;
  readonly throughput: WarmThroughput;
}

/**
 * Warm environments of the webhook handler: the first payments of a sale must not wait for cold starts. Ready when AWS
 * says READY and has as many as asked for; none of them is of use before.
 */
export async function webhookLine(
  { concurrency }: CloudLink,
  functionName: string,
  environments: number,
  signal: AbortSignal,
): Promise<PrescaleLine> {
  const desired = { functionName, environments };
  const changes = concurrency.diff(desired, await concurrency.observe(desired, signal));
  await concurrency.apply(changes, signal);
  const after = changes.length === 0 ? undefined : await concurrency.observe(desired, signal);
  const left = after === undefined ? [] : concurrency.diff(desired, after);
  const line = { what: 'lambda/webhooks', want: `at least ${environments} warm environments` };
  if (left.length === 0) return { ...line, have: 'ready', ready: true };
  const message = left[0]?.reason ?? '';
  return { ...line, have: `${after?.available ?? 0} warm`, ready: false, message };
}

/** Gives the function exactly what it had, or what the sales that are left need. */
export async function releaseWebhooks(
  { concurrency }: CloudLink,
  functionName: string,
  environments: number,
  signal: AbortSignal,
): Promise<void> {
  const desired = { functionName, environments };
  const seen = await concurrency.observe(desired, signal);
  // Nothing of ours stands there: what remains is for the sales that hold it.
  if (seen.before === undefined) return;
  await concurrency.apply(concurrency.diff(desired, seen), signal);
}

/** The orders table is on demand and warm enough. Raised only where it is not: it cannot be lowered again. */
export async function ordersTableLine(
  { throughput }: CloudLink,
  table: string,
  writesPerSecond: number,
  signal: AbortSignal,
): Promise<PrescaleLine> {
  const desired = { table, writesPerSecond };
  const seen = await throughput.observe(desired, signal);
  const changes = throughput.diff(desired, seen);
  await throughput.apply(changes, signal);
  const line = { what: 'dynamodb', want: `on demand, ${writesPerSecond} writes/s at once` };
  const warm = seen.table.writes;
  if (changes.length === 0)
    return { ...line, have: warm === undefined ? 'on demand' : `on demand, ${warm} writes/s warm`, ready: true };
  return { ...line, have: `${warm ?? 'unknown'} writes/s`, ready: false, message: changes[0]?.reason ?? '' };
}
