import { messageFields, optionalText } from '#runtime/message-fields.ts';
import { readAmount, readMailOrder } from './mail-order.ts';
import type { RefundedOrder } from './refund.ts';

const fields = messageFields('BAD_ORDER_REFUNDED', 'order.refunded');
const { record, text, missing } = fields;

/** Reads the part of an `order.refunded` message that a mail needs. */
export function parseRefundedOrder(data: unknown): RefundedOrder {
  const order = record(data, 'data');
  const refunded = readAmount(order.refunded, 'refunded', fields);
  if (!Array.isArray(order.lines)) throw missing('lines');
  if (!Array.isArray(order.tickets)) throw missing('tickets');
  return {
    ...readMailOrder(order, fields),
    refunded,
    provider: optionalText(order.provider),
    reason: optionalText(order.reason),
    lines: order.lines.map((value, index) => {
      const line = record(value, `lines[${index}]`);
      const { quantity } = line;
      if (!Number.isSafeInteger(quantity)) throw missing(`lines[${index}].quantity`);
      return { className: text(line.className, `lines[${index}].className`), quantity: Number(quantity) };
    }),
    ticketsVoid: order.tickets.length > 0,
  };
}
