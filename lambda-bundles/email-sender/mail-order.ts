import { type MessageFields, optionalText } from '#runtime/message-fields.ts';
import { type MailEvent, readMailEvent } from './mail-event.ts';
import type { Amount } from './money-text.ts';

/** What every mail about an order needs of the message that it follows from. */
export interface MailOrder {
  readonly orderId: string;
  readonly code: string;
  readonly email: string;
  readonly fullName: string;
  readonly language: 'vi' | 'en';
  readonly event: MailEvent;
}

/** The fields that messages about orders have in common. */
export function readMailOrder(order: Readonly<Record<string, unknown>>, fields: MessageFields): MailOrder {
  const { text } = fields;
  return {
    orderId: text(order.orderId, 'orderId'),
    code: text(order.code, 'code'),
    email: text(order.email, 'email'),
    fullName: optionalText(order.fullName),
    language: order.language === 'en' ? 'en' : 'vi',
    event: readMailEvent(order.event, fields),
  };
}

/** Money as messages carry it. */
export function readAmount(value: unknown, field: string, { record, text, missing }: MessageFields): Amount {
  const { amountMinor, currency } = record(value, field);
  const amount = optionalText(amountMinor);
  if (!/^\d{1,19}$/.test(amount)) throw missing(`${field}.amountMinor`);
  return { amountMinor: BigInt(amount), currency: text(currency, `${field}.currency`) };
}
