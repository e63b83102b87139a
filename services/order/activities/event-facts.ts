import type {
  EventQueryServiceDefinition,
  EventQueryServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventQueryService.ts';
import type { Clock } from '#runtime/clock.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { fromTimestamp, toIso } from '#runtime/timestamp.ts';

/** What stands on a ticket about the event. */
export interface EventFacts {
  readonly name: string;
  /** RFC 3339, empty when not known. */
  readonly startTime: string;
  readonly timeZone: string;
  readonly venue: { readonly name: string; readonly address: string; readonly city: string };
}

export type EventQueryClient = ClientOf<EventQueryServiceDefinition, EventQueryServiceHandlers>;

const KEEP_MS = 60_000;

/** Facts of an event, asked for at most once a minute: thousands of orders of one sale print the same. */
export function createEventFacts(client: EventQueryClient, clock: Clock): (eventId: string) => Promise<EventFacts> {
  const kept = new Map<string, { readonly at: number; readonly facts: Promise<EventFacts> }>();
  return (eventId) => {
    const known = kept.get(eventId);
    if (known !== undefined && clock.monotonic() - known.at < KEEP_MS) return known.facts;
    const facts = read(client, eventId);
    kept.set(eventId, { at: clock.monotonic(), facts });
    facts.catch(() => kept.delete(eventId));
    return facts;
  };
}

async function read(client: EventQueryClient, eventId: string): Promise<EventFacts> {
  const { event } = await client.getEvent({ eventId }, { idempotent: true, deadlineMs: 5_000 });
  const startMs = fromTimestamp(event?.startTime);
  return {
    name: event?.name ?? '',
    startTime: startMs === undefined ? '' : toIso(startMs),
    timeZone: event?.sale?.timeZone || 'Asia/Ho_Chi_Minh',
    venue: { name: event?.venue?.name ?? '', address: event?.venue?.address ?? '', city: event?.venue?.city ?? '' },
  };
}
