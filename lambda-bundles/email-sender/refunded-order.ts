import { messageFields, optionalText } from '#runtime/message-fields.ts';
import { readMailEvent } from './mail-event.ts';
import type { RefundedOrder } from './refund.ts';

const fields = messageFields('BAD_ORDER_REFUNDED', 'order.refunded');
const { record, text, missing } = fields;

/** Reads the part of an `order.refunded` message that a mail needs. */
export function parseRefundedOrder(data: unknown): RefundedOrder {
  const order = record(data, 'data');
  const refunded = record(order.refunded, 'refunded');
  const amount = optionalText(refunded.amountMinor);
  if (!/^\d{1,19}$/.test(amount)) throw missing('refunded.amountMinor');
  if (!Array.isArray(order.lines)) throw missing('lines');
  if (!Array.isArray(order.tickets)) throw missing('tickets');
  return {
    orderId: text(order.orderId, 'orderId'),
    code: text(order.code, 'code'),
    email: text(order.email, 'email'),
    fullName: optionalText(order.fullName),
    language: order.language === 'en' ? 'en' : 'vi',
    refunded: { amountMinor: BigInt(amount), currency: text(refunded.currency, 'refunded.currency') },
    provider: optionalText(order.provider),
    reason: optionalText(order.reason),
    event: readMailEvent(order.event, fields),
    lines: order.lines.map((value, index) => {
      const line = record(value, `lines[${index}]`);
      const { quantity } = line;
      if (!Number.isSafeInteger(quantity)) throw missing(`lines[${index}].quantity`);
      return { className: text(line.className, `lines[${index}].className`), quantity: Number(quantity) };
    }),
    ticketsVoid: order.tickets.length > 0,
  };
}
