import type { Clock } from '#runtime/clock.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { Logger } from '#runtime/log.ts';
import { brokersOf, type PipeDefinition } from './pipe-definition.ts';
import { messageBody, pipeRecord } from './pipe-record.ts';
import { pipeTarget } from './pipe-target.ts';

export interface PipeRunnerDeps {
  /** Where queues and streams are. */
  readonly awsEndpoint: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told why nothing moves at the moment, and an empty text once it moves again. */
  readonly onReason: (reason: string) => void;
}

/** As on AWS. */
const DEFAULT_BATCH = 100;

/**
 * Moves records from the topic to the target, in order per partition. An offset is committed only after the target has
 * accepted the record, so a crash can repeat a message but never lose one. Failures of either side are tried again for ever.
 */
export function runPipe(pipe: PipeDefinition, deps: PipeRunnerDeps): { stop(): Promise<void> } {
  const { log, clock, onReason } = deps;
  const brokers = brokersOf(pipe);
  const { TopicName, ConsumerGroupID, StartingPosition, BatchSize } = pipe.SourceParameters.SelfManagedKafkaParameters;
  const target = pipeTarget(pipe, deps.awsEndpoint);
  const kafka = createKafka({ brokers, clientId: `pipe-${pipe.Name}`, log });
  const consumer = kafka.runConsumer({
    groupId: ConsumerGroupID,
    topics: [TopicName],
    fromBeginning: StartingPosition !== 'LATEST',
    clock,
    maxBatch: BatchSize ?? DEFAULT_BATCH,
    batchHandler: async (messages, { signal }) => {
      const template = pipe.TargetParameters.InputTemplate;
      try {
        await target.deliver(
          messages.map((message) => messageBody(pipeRecord(message, brokers), template)),
          signal,
        );
      } catch (error) {
        onReason(`the ${target.name} does not accept messages: ${(error as Error).message}`);
        throw error;
      }
      onReason('');
    },
    onState: (ok, why) => onReason(ok ? '' : `the topic cannot be read: ${why}`),
  });
  return {
    async stop() {
      await consumer.stop(AbortSignal.timeout(3_000));
      target.close();
    },
  };
}
