import { messageFields, optionalText } from '#runtime/message-fields.ts';
import { type MailOrder, readAmount, readMailOrder } from './mail-order.ts';
import type { Amount } from './money-text.ts';

/** What a mail about money that was not an order's price needs of an `order.money-returned` message. */
export interface MoneyReturned extends MailOrder {
  readonly provider: string;
  readonly reason: string;
  /** Names it among those of its order. */
  readonly returnId: string;
  readonly received: Amount;
  readonly owed: Amount;
  readonly returned: Amount;
}

const fields = messageFields('BAD_MONEY_RETURNED', 'order.money-returned');
const { record, text, missing } = fields;

export function parseMoneyReturned(data: unknown): MoneyReturned {
  const message = record(data, 'data');
  const returnId = text(message.returnId, 'returnId');
  // It becomes part of a name in the bucket.
  if (!/^[\w-]{1,80}$/.test(returnId)) throw missing('returnId of up to 80 letters, digits, _ and -');
  return {
    ...readMailOrder(message, fields),
    ...{ provider: optionalText(message.provider), reason: optionalText(message.reason), returnId },
    received: readAmount(message.received, 'received', fields),
    owed: readAmount(message.owed, 'owed', fields),
    returned: readAmount(message.returned, 'returned', fields),
  };
}
