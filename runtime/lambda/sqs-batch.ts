import { decodeEnvelope, type EventEnvelope } from '../event-envelope.ts';
import type { Logger } from '../log.ts';
import { activeTrace, runInTrace } from '../trace-context.ts';
import { openSpan } from '../tracing.ts';

export interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

export interface SqsBatchResponse {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

/**
 * Handles each message of a batch by itself. Failed ones are reported, come again and end in the dead-letter queue; the
 * others are gone for good (ReportBatchItemFailures must be on in the event source mapping).
 */
export async function handleBatch(
  event: SqsEvent,
  log: Logger,
  handle: (body: string) => Promise<void>,
): Promise<SqsBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  await Promise.all(
    event.Records.map(async (record) => {
      const envelope = envelopeIn(record.body);
      // The message belongs to the purchase that it tells of; the call only carries it, with others.
      const span = openSpan(`${envelope?.type ?? 'message'} process`, {
        ...{ kind: 'consumer', parent: envelope?.traceparent ?? activeTrace(), link: activeTrace() },
        attributes: { 'messaging.system': 'aws_sqs', 'messaging.message.id': record.messageId },
      });
      let failure: unknown;
      await runInTrace(span.traceparent, async () => {
        try {
          await handle(record.body);
        } catch (error) {
          failure = error;
          log.error({ err: error, message_id: record.messageId }, 'message failed');
          batchItemFailures.push({ itemIdentifier: record.messageId });
        }
      });
      span.end(failure);
    }),
  );
  return { batchItemFailures };
}

/**
 * The envelope in a message that EventBridge Pipes took from Kafka: the record as JSON with key and value in base64. A body
 * that is the envelope itself is taken too, for people who replay by hand.
 */
export function pipedEnvelope(body: string): EventEnvelope {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed === 'object' && parsed !== null && 'topic' in parsed && 'value' in parsed) {
    return decodeEnvelope(Buffer.from(String(parsed.value), 'base64'));
  }
  return decodeEnvelope(body);
}

/** undefined for a message of another kind: who handles it reads it. */
function envelopeIn(body: string): EventEnvelope | undefined {
  try {
    return pipedEnvelope(body);
  } catch {
    return undefined;
  }
}
