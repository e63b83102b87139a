import { TOPIC } from '#proto/names.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { isUuid } from '#runtime/ids.ts';
import type { HandlerVerdict, ReceivedMessage } from '#runtime/kafka.ts';
import type { OrderWorkflows } from '../order-workflows.ts';

export const PAYMENT_TOPICS = [TOPIC.paymentCompleted, TOPIC.paymentFailed] as const;

/** Tells the order's workflow. Signals may come twice: the workflow takes the first. */
export async function handlePaymentEvent(workflows: OrderWorkflows, message: ReceivedMessage): Promise<HandlerVerdict> {
  const { type, data, time } = decodeEnvelope(message.value);
  const { orderId, providerTxnId, reason } = (data ?? {}) as Record<string, unknown>;
  if (typeof orderId !== 'string' || !isUuid(orderId)) throw invalidArgument('BAD_EVENT', `${type} has no orderId`);
  switch (type) {
    case TOPIC.paymentCompleted:
      await workflows.moneyCame(orderId, String(providerTxnId ?? ''), time);
      return 'done';
    case TOPIC.paymentFailed:
      await workflows.paymentFailed(orderId, String(reason ?? 'UNKNOWN'));
      return 'done';
    default:
      return { park: `unexpected type ${type}` };
  }
}
