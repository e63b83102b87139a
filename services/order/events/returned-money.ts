import { TOPIC } from '#proto/names.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { isUuid } from '#runtime/ids.ts';
import type { HandlerVerdict, ReceivedMessage } from '#runtime/kafka.ts';
import { messageFields } from '#runtime/message-fields.ts';
import type { Notices, ReturnedMoney } from '../activities/notices.ts';

export const RETURNED_MONEY_TOPICS = [TOPIC.paymentReturned] as const;

const { record, text, missing } = messageFields('BAD_EVENT', TOPIC.paymentReturned);

/** Hands on what payment says, with what only the order knows: whom to tell. Payment keeps no addresses. */
export async function handleReturnedMoney(
  notices: Pick<Notices, 'publishReturned'>,
  message: ReceivedMessage,
): Promise<HandlerVerdict> {
  await notices.publishReturned(returnedMoney(decodeEnvelope(message.value).data));
  return 'done';
}

function returnedMoney(data: unknown): ReturnedMoney {
  const said = record(data, 'data');
  const amount = (name: string) => {
    const money = record(said[name], name);
    const amountMinor = text(money['amountMinor'], `${name}.amountMinor`);
    return { amountMinor, currency: text(money['currency'], `${name}.currency`) };
  };
  const orderId = text(said['orderId'], 'orderId');
  if (!isUuid(orderId)) throw missing('UUID as orderId');
  return {
    ...{ orderId, returnId: text(said['returnId'], 'returnId'), reason: text(said['reason'], 'reason') },
    ...{ received: amount('received'), owed: amount('owed'), returned: amount('returned') },
    returnTime: text(said['returnTime'], 'returnTime'),
  };
}
