import { type MessageFields, optionalText } from '#runtime/message-fields.ts';

/** What a mail says of the event. */
export interface MailEvent {
  readonly name: string;
  readonly startTime: string;
  readonly timeZone: string;
  /** Name, address and city, as far as they are known. */
  readonly venue: readonly string[];
}

/** The field `event` of messages about orders. */
export function readMailEvent(value: unknown, { record, text }: MessageFields): MailEvent {
  const event = record(value, 'event');
  const venue = record(event.venue ?? {}, 'event.venue');
  return {
    name: text(event.name, 'event.name'),
    startTime: text(event.startTime, 'event.startTime'),
    timeZone: optionalText(event.timeZone) || 'UTC',
    venue: [venue.name, venue.address, venue.city].map(optionalText).filter((part) => part !== ''),
  };
}
