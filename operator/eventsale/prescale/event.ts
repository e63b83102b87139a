import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { Ticketing } from '#operator/external/ticketing.ts';
import { ServiceError } from '#runtime/errors.ts';
import { fromIso, toTimestamp } from '#runtime/timestamp.ts';
import type { SaleTimes } from '../schedule.ts';
import type { PrescaleLine } from './line.ts';

export interface EventScope {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly times: SaleTimes;
  readonly ticketing: Ticketing;
  readonly signal: AbortSignal;
}

/** The event as the sale describes it, approved and published. */
export async function publishEvent(scope: EventScope): Promise<PrescaleLine> {
  const { eventId, ticketing, signal } = scope;
  const line = (state: string, message?: string): PrescaleLine => ({
    what: 'event',
    want: 'PUBLISHED',
    have: state,
    ready: state === 'PUBLISHED',
    ...(message === undefined ? {} : { message }),
  });
  const options = { signal, idempotent: true };
  const desired = desiredEvent(scope);
  let event = await find(scope);
  if (event?.state === 'EVENT_STATE_CANCELLED')
    return line('CANCELLED', `event ${eventId} was cancelled: give the sale another spec.event.id`);
  if (event === undefined || !sameContent(event, desired)) {
    const request = { requestId: `${scope.sale.metadata.uid}/${scope.sale.metadata.generation}/event`, event: desired };
    event = (await ticketing.events.upsertEvent(request, options)).event ?? undefined;
  }
  if (event?.state === 'EVENT_STATE_CONFIGURED')
    event = (await ticketing.events.approveEvent({ eventId }, options)).event ?? undefined;
  if (event?.state === 'EVENT_STATE_APPROVED')
    event = (await ticketing.events.publishEvent({ eventId }, options)).event ?? undefined;
  return line((event?.state ?? 'absent').replace(/^EVENT_STATE_/, ''));
}

type Found = NonNullable<Awaited<ReturnType<Ticketing['events']['getEvent']>>['event']>;

async function find({ ticketing, eventId, signal }: EventScope): Promise<Found | undefined> {
  try {
    return (await ticketing.events.getEvent({ eventId }, { signal, idempotent: true })).event ?? undefined;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

function desiredEvent({ sale, eventId, times }: EventScope) {
  const { event, ticketClasses, schedule } = sale.spec;
  return {
    id: eventId,
    name: event.name,
    description: event.description ?? '',
    venue: {
      name: event.venue.name,
      address: event.venue.address ?? '',
      city: event.venue.city ?? '',
      country: event.venue.country ?? '',
    },
    startTime: toTimestamp(fromIso(event.startsAt)),
    ticketTypes: ticketClasses.map((one) => ({
      name: one.name,
      description: one.description ?? '',
      price: { amountMinor: String(one.price.amountMinor), currency: one.price.currency },
      maxPerOrder: one.maxPerOrder,
    })),
    sale: {
      preQueueTime: toTimestamp(times.preQueueAt),
      openTime: toTimestamp(times.opensAt),
      closeTime: toTimestamp(times.closesAt),
      timeZone: schedule.timeZone,
    },
  };
}

/** Compares only what the sale decides; the service may trim names and list types in an order of its own. */
function sameContent(event: Found, desired: ReturnType<typeof desiredEvent>): boolean {
  return canonical(event) === canonical(desired);
}

function canonical(event: Found | ReturnType<typeof desiredEvent>): string {
  const { venue, sale, startTime } = event;
  const time = (at: { seconds?: unknown; nanos?: unknown } | null | undefined) =>
    `${at?.seconds ?? ''}.${Math.floor(Number(at?.nanos ?? 0) / 1e6)}`;
  const types = (event.ticketTypes ?? []).map((type) => [
    type.name?.trim(),
    type.description,
    String(type.price?.amountMinor ?? ''),
    type.price?.currency ?? '',
    type.maxPerOrder,
  ]);
  return JSON.stringify([
    event.name?.trim(),
    event.description,
    [venue?.name?.trim(), venue?.address, venue?.city, venue?.country],
    time(startTime),
    types.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    [time(sale?.preQueueTime), time(sale?.openTime), time(sale?.closeTime), sale?.timeZone],
  ]);
}
