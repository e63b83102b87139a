import { messageFields, optionalText } from '#runtime/message-fields.ts';

/** What the PDF needs of an `order.paid` message; docs/contracts.md has the whole. */
export interface OrderPaid {
  readonly orderId: string;
  readonly code: string;
  readonly fullName: string;
  readonly language: 'vi' | 'en';
  readonly rehearsal: boolean;
  readonly event: {
    readonly name: string;
    readonly startTime: string;
    readonly timeZone: string;
    readonly venue: { readonly name: string; readonly address: string; readonly city: string };
  };
  readonly tickets: readonly PaidTicket[];
}

export interface PaidTicket {
  readonly id: string;
  readonly className: string;
  readonly qrPayload: string;
  /** Empty where people may stand or sit as they like. */
  readonly seat: string;
}

const { record, text, missing } = messageFields('BAD_ORDER_PAID', 'order.paid');

/** Reads the message; a message without what a ticket needs can never become one and says what it lacks. */
export function parseOrderPaid(data: unknown): OrderPaid {
  const order = record(data, 'data');
  const event = record(order.event, 'event');
  const venue = record(event.venue ?? {}, 'event.venue');
  if (!Array.isArray(order.tickets) || order.tickets.length === 0) throw missing('tickets');
  return {
    orderId: text(order.orderId, 'orderId'),
    code: text(order.code, 'code'),
    fullName: optionalText(order.fullName),
    language: order.language === 'en' ? 'en' : 'vi',
    rehearsal: order.rehearsal === true,
    event: {
      name: text(event.name, 'event.name'),
      startTime: text(event.startTime, 'event.startTime'),
      timeZone: optionalText(event.timeZone) || 'UTC',
      venue: {
        name: optionalText(venue.name),
        address: optionalText(venue.address),
        city: optionalText(venue.city),
      },
    },
    tickets: order.tickets.map((ticket, index) => {
      const fields = record(ticket, `tickets[${index}]`);
      return {
        id: text(fields.id, `tickets[${index}].id`),
        className: text(fields.className, `tickets[${index}].className`),
        qrPayload: text(fields.qrPayload, `tickets[${index}].qrPayload`),
        seat: optionalText(fields.seat),
      };
    }),
  };
}
