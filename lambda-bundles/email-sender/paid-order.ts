import { invalidArgument } from '#runtime/errors.ts';
import type { PaidOrder } from './confirmation.ts';

/** Reads the part of an `order.paid` message that a mail needs; undefined for rehearsals, which nobody is told about. */
export function parsePaidOrder(data: unknown): PaidOrder | undefined {
  const order = record(data, 'data');
  if (order.rehearsal === true) return undefined;
  const event = record(order.event, 'event');
  const total = record(order.total, 'total');
  const venue = typeof event.venue === 'object' && event.venue !== null ? (event.venue as Record<string, unknown>) : {};
  const amount = String(total.amountMinor);
  if (!/^\d+$/.test(amount)) throw missing('total.amountMinor');
  if (!Array.isArray(order.tickets) || order.tickets.length === 0) throw missing('tickets');
  return {
    orderId: text(order.orderId, 'orderId'),
    code: text(order.code, 'code'),
    email: text(order.email, 'email'),
    fullName: typeof order.fullName === 'string' ? order.fullName : '',
    language: order.language === 'en' ? 'en' : 'vi',
    total: { amountMinor: BigInt(amount), currency: text(total.currency, 'total.currency') },
    event: {
      name: text(event.name, 'event.name'),
      startTime: text(event.startTime, 'event.startTime'),
      timeZone: typeof event.timeZone === 'string' && event.timeZone !== '' ? event.timeZone : 'UTC',
      venueName: typeof venue.name === 'string' ? venue.name : '',
    },
    tickets: order.tickets.map((ticket, index) => ({
      className: text(record(ticket, `tickets[${index}]`).className, `tickets[${index}].className`),
    })),
  };
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw missing(name);
  return value as Record<string, unknown>;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw missing(name);
  return value;
}

function missing(name: string) {
  return invalidArgument('BAD_ORDER_PAID', `order.paid has no ${name}`);
}
