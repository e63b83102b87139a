import type { EventSale } from '#operator/api/eventsale.gen.ts';

/** So many measured sales are looked at, the youngest first. */
export const REMEMBERED = 20;

/** From the start of prescaling to Ready of one sale, in seconds, as its status keeps it; undefined when it never was. */
export function timeToReady(phases: NonNullable<EventSale['status']>['phases']): number | undefined {
  const readyAt = phases?.findIndex((entry) => entry.phase === 'Ready') ?? -1;
  if (phases === undefined || readyAt < 0) return undefined;
  const start = phases.slice(0, readyAt).findLast((entry) => entry.phase === 'Prescaling');
  const ready = phases[readyAt];
  if (start === undefined || ready === undefined) return undefined;
  return Math.max(0, Math.round((Date.parse(ready.at) - Date.parse(start.at)) / 1000));
}

/** Of the sales that were measured, so many that opened last. */
export function youngestMeasured(sales: readonly EventSale[], count: number): EventSale[] {
  return sales
    .filter((sale) => sale.status?.report?.timeToReadySeconds !== undefined)
    .sort((a, b) => Date.parse(b.spec.schedule.opensAt) - Date.parse(a.spec.schedule.opensAt))
    .slice(0, count);
}

/** p95 of the times to ready of earlier sales of a platform, in seconds; undefined before the first. */
export function measuredReadySeconds(sales: readonly EventSale[]): number | undefined {
  const measured = youngestMeasured(sales, REMEMBERED)
    .map((sale) => sale.status?.report?.timeToReadySeconds ?? 0)
    .sort((a, b) => a - b);
  return measured[Math.ceil(0.95 * measured.length) - 1];
}
