import type { Clock } from '#runtime/clock.ts';
import type { TicketClass } from './ticket-class.ts';

export interface AvailabilitySnapshot {
  readonly classes: readonly { readonly class: TicketClass; readonly available: number }[];
  readonly readAtMs: number;
}

interface Options {
  readonly clock: Clock;
  readonly maxAgeMs: number;
  readonly read: (eventId: string) => Promise<AvailabilitySnapshot['classes']>;
}

/** Events whose snapshot is kept; the oldest goes when there are more. */
const MAX_EVENTS = 1000;

/**
 * Availability for people to look at, never to decide with: one read of the store per event and `maxAgeMs`, however many
 * ask. A failed read is not kept.
 */
export function createAvailability({
  clock,
  maxAgeMs,
  read,
}: Options): (eventId: string) => Promise<AvailabilitySnapshot> {
  const kept = new Map<string, { readonly startedAt: number; readonly snapshot: Promise<AvailabilitySnapshot> }>();
  return (eventId) => {
    const known = kept.get(eventId);
    if (known !== undefined && clock.monotonic() - known.startedAt < maxAgeMs) return known.snapshot;
    // The age counts from before the read: what is given is never older than it says.
    const startedAt = clock.monotonic();
    const readAtMs = clock.now();
    const snapshot = read(eventId).then((classes) => ({ classes, readAtMs }));
    snapshot.catch(() => {
      if (kept.get(eventId)?.startedAt === startedAt) kept.delete(eventId);
    });
    kept.delete(eventId);
    kept.set(eventId, { startedAt, snapshot });
    const oldest = kept.keys().next();
    if (kept.size > MAX_EVENTS && !oldest.done) kept.delete(oldest.value);
    return snapshot;
  };
}
