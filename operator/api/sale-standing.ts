import type { EventSale } from './eventsale.gen.ts';

/**
 * Whether a sale stands still before anything was prepared for it: another sale of the same event comes first, or its spec,
 * or its platform, does not allow it. It brings nobody as it is, so nobody has to make room for it.
 */
export function cannotBegin({ metadata, status }: Pick<EventSale, 'metadata' | 'status'>): boolean {
  if (status?.phase !== 'Pending' || status.observedGeneration !== metadata.generation) return false;
  return (status.conditions ?? []).some((one) => one.type === 'Stalled' && one.status === 'True');
}

/** Whether a status says that something was raised for the sale, or is being raised; until everything was given back. */
export function hasRaised({ status }: Pick<EventSale, 'status'>): boolean {
  return (status?.prescale ?? []).length > 0;
}
