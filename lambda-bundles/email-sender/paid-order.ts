import { createHash } from 'node:crypto';
import { messageFields, optionalText } from '#runtime/message-fields.ts';
import type { PaidOrder } from './confirmation.ts';
import { readAmount, readMailOrder } from './mail-order.ts';

const fields = messageFields('BAD_ORDER_PAID', 'order.paid');
const { record, text, missing } = fields;

/** Reads the part of an `order.paid` message that a mail needs; undefined for rehearsals, which nobody is told about. */
export function parsePaidOrder(data: unknown): PaidOrder | undefined {
  const order = record(data, 'data');
  if (order.rehearsal === true) return undefined;
  const total = readAmount(order.total, 'total', fields);
  if (!Array.isArray(order.tickets) || order.tickets.length === 0) throw missing('tickets');
  const tickets = order.tickets.map((ticket, index) => record(ticket, `tickets[${index}]`));
  return {
    ...readMailOrder(order, fields),
    total,
    tickets: tickets.map((ticket, index) => ({
      className: text(ticket.className, `tickets[${index}].className`),
      seat: optionalText(ticket.seat),
    })),
    ticketVersion: versionOf(tickets),
  };
}

/** The same for the same tickets: a ticket issued anew (another holder, another code) is another version and another mail. */
function versionOf(tickets: readonly Record<string, unknown>[]): string {
  const parts = tickets.map(({ id, qrPayload }) => `${optionalText(id)} ${optionalText(qrPayload)}`).sort();
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
