import type { Event__Output, Event as WireEvent } from '#proto/gen/ticketbottle/event/v1/Event.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { isUuid } from '#runtime/ids.ts';
import { fromWireMoney, toWireMoney } from '#runtime/money.ts';
import { fromTimestamp, toTimestamp } from '#runtime/timestamp.ts';
import type { EventContent, SaleWindow, StoredEvent, TicketType } from './event.ts';

/** The writable part of an event as a caller sent it. Throws INVALID_ARGUMENT naming the field. */
export function contentOf(wire: Event__Output | null): EventContent {
  if (wire === null) throw invalid('event', 'is missing');
  const name = wire.name.trim();
  if (name === '' || name.length > 300) throw invalid('event.name', 'has 1 to 300 characters');
  if (wire.description.length > 10_000) throw invalid('event.description', 'has at most 10000 characters');
  const ticketTypes = wire.ticketTypes.map(ticketTypeOf);
  if (new Set(ticketTypes.map((type) => type.name)).size < ticketTypes.length) {
    throw invalid('event.ticket_types', 'has a name twice');
  }
  const { venue } = wire;
  if (venue && venue.name.trim() === '') throw invalid('event.venue.name', 'is missing');
  if (venue && !/^([A-Z]{2})?$/.test(venue.country)) {
    throw invalid('event.venue.country', 'is not an ISO 3166-1 alpha-2 code');
  }
  return {
    id: eventIdOf(wire.id, 'event.id'),
    name,
    description: wire.description,
    venue: venue
      ? { name: venue.name.trim(), address: venue.address, city: venue.city, country: venue.country }
      : undefined,
    startMs: fromTimestamp(wire.startTime, 'event.start_time'),
    ticketTypes,
    sale: saleOf(wire.sale),
    organiserId: wire.organiserId.slice(0, 200),
  };
}

export function eventIdOf(text: string, field = 'event_id'): string {
  if (!isUuid(text)) throw invalid(field, 'is not a UUID');
  return text.toLowerCase();
}

export function wireEvent(event: StoredEvent): WireEvent {
  return {
    id: event.id,
    name: event.name,
    description: event.description,
    venue: event.venue ?? null,
    startTime: event.startMs === undefined ? null : toTimestamp(event.startMs),
    ticketTypes: event.ticketTypes.map((type) => ({ ...type, price: toWireMoney(type.price) })),
    sale: event.sale
      ? {
          preQueueTime: toTimestamp(event.sale.preQueueMs),
          openTime: toTimestamp(event.sale.openMs),
          closeTime: toTimestamp(event.sale.closeMs),
          timeZone: event.sale.timeZone,
        }
      : null,
    state: `EVENT_STATE_${event.state}`,
    organiserId: event.organiserId,
    createTime: toTimestamp(event.createMs),
    updateTime: toTimestamp(event.updateMs),
  };
}

function ticketTypeOf(wire: Event__Output['ticketTypes'][number], index: number): TicketType {
  const field = `event.ticket_types[${index}]`;
  const name = wire.name.trim();
  if (name === '' || name.length > 100) throw invalid(`${field}.name`, 'has 1 to 100 characters');
  if (wire.maxPerOrder < 1) throw invalid(`${field}.max_per_order`, 'is at least 1');
  const price = fromWireMoney(wire.price);
  if (price.amountMinor < 0n) throw invalid(`${field}.price`, 'is not negative');
  return { name, description: wire.description, price, maxPerOrder: wire.maxPerOrder };
}

function saleOf(wire: Event__Output['sale']): SaleWindow | undefined {
  if (wire === null) return undefined;
  const openMs = fromTimestamp(wire.openTime, 'event.sale.open_time');
  const closeMs = fromTimestamp(wire.closeTime, 'event.sale.close_time');
  const preQueueMs = fromTimestamp(wire.preQueueTime, 'event.sale.pre_queue_time') ?? openMs;
  if (openMs === undefined || closeMs === undefined || preQueueMs === undefined) {
    throw invalid('event.sale', 'needs open_time and close_time');
  }
  if (preQueueMs > openMs || openMs >= closeMs)
    throw invalid('event.sale', 'is not in the order pre-queue, open, close');
  if (!isTimeZone(wire.timeZone)) throw invalid('event.sale.time_zone', 'is not an IANA time zone');
  return { preQueueMs, openMs, closeMs, timeZone: wire.timeZone };
}

function isTimeZone(name: string): boolean {
  if (name === '') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function invalid(field: string, what: string) {
  return invalidArgument('INVALID_EVENT', `${field} ${what}`, { details: { field } });
}
