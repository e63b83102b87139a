import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '#runtime/clock.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { Logger } from '#runtime/log.ts';
import { brokersOf, type PipeDefinition } from './pipe-definition.ts';
import { messageBody, pipeRecord } from './pipe-record.ts';

export interface PipeRunnerDeps {
  /** Where the queues are. */
  readonly awsEndpoint: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told why nothing moves at the moment, and an empty text once it moves again. */
  readonly onReason: (reason: string) => void;
}

/**
 * Moves records from the topic to the queue, in order per partition. An offset is committed only after the queue has
 * accepted the message, so a crash can repeat a message but never lose one. Failures of either side are tried again for ever.
 */
export function runPipe(pipe: PipeDefinition, deps: PipeRunnerDeps): { stop(): Promise<void> } {
  const { log, clock, onReason } = deps;
  const brokers = brokersOf(pipe);
  const { TopicName, ConsumerGroupID, StartingPosition } = pipe.SourceParameters.SelfManagedKafkaParameters;
  const send = queueSender(pipe, deps.awsEndpoint);
  const kafka = createKafka({ brokers, clientId: `pipe-${pipe.Name}`, log });
  const consumer = kafka.runConsumer({
    groupId: ConsumerGroupID,
    topics: [TopicName],
    fromBeginning: StartingPosition !== 'LATEST',
    clock,
    maxAttempts: Number.POSITIVE_INFINITY,
    handler: async (message, { signal }) => {
      try {
        await send.message(messageBody(pipeRecord(message, brokers), pipe.TargetParameters.InputTemplate), signal);
      } catch (error) {
        onReason(`the queue does not accept messages: ${(error as Error).message}`);
        throw error;
      }
      onReason('');
      return 'done';
    },
    park: async () => {
      throw new Error('a pipe parks nothing'); // Unreachable: there is no last attempt.
    },
    onState: (ok, why) => onReason(ok ? '' : `the topic cannot be read: ${why}`),
  });
  return {
    async stop() {
      await consumer.stop(AbortSignal.timeout(3_000));
      send.close();
    },
  };
}

function queueSender({ Target, TargetParameters }: PipeDefinition, endpoint: string) {
  const [, , , region = '', account = '', queue = ''] = Target.split(':');
  const client = new SQSClient({
    endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: account },
    useQueueUrlAsEndpoint: false,
  });
  const { MessageGroupId, MessageDeduplicationId } = TargetParameters.SqsQueueParameters ?? {};
  const fifo = {
    ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
    ...(MessageDeduplicationId === undefined ? {} : { MessageDeduplicationId }),
  };
  let url: string | undefined;
  return {
    async message(MessageBody: string, abortSignal: AbortSignal) {
      url ??= (await client.send(new GetQueueUrlCommand({ QueueName: queue }), { abortSignal })).QueueUrl;
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...fifo }), { abortSignal });
    },
    close: () => client.destroy(),
  };
}
