import kafkajs, { type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import { createKafkaAdmin, type KafkaAdmin } from './kafka-admin.ts';
import { type EventConsumer, type RunConsumerOptions, startConsumer } from './kafka-consumer.ts';
import { createEventProducer, type EventProducer } from './kafka-producer.ts';
import type { Logger } from './log.ts';

export type { KafkaAdmin, TopicSpec, TopicState } from './kafka-admin.ts';
export type {
  EventConsumer,
  HandlerContext,
  HandlerVerdict,
  ReceivedMessage,
  RunConsumerOptions,
} from './kafka-consumer.ts';
export type { EventProducer, OutgoingMessage } from './kafka-producer.ts';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly log: Logger;
  /** `true` for the system's authorities, or a PEM of the cluster's own. */
  readonly tls?: boolean | { readonly ca: string } | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

/** The port to Kafka. A producer connects when it is made, the rest when it is used. Only runtime/kafka*.ts know which client library is behind it. */
export interface KafkaPort {
  producer(): EventProducer;
  runConsumer(options: RunConsumerOptions): EventConsumer;
  admin(): KafkaAdmin;
}

export function createKafka({ brokers, clientId, log, tls, sasl }: KafkaOptions): KafkaPort {
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    // For finding a broker to talk to; calls have their own.
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => forward(log, entry),
    ...(tls ? { ssl: tls === true ? true : { ca: tls.ca } } : {}),
    ...(sasl ? { sasl: sasl as SASLOptions } : {}),
  };
  const kafka = new kafkajs.Kafka(config);
  return {
    producer: () => createEventProducer(kafka, log),
    runConsumer: (options) => startConsumer(kafka, log, options),
    admin: () => createKafkaAdmin(kafka),
  };
}

/**
 * The library calls ordinary things errors (a coordinator still loading, a topic not there yet) and retries them itself.
 * What it cannot mend is thrown and logged where it is handled, so its own lines are for debugging only.
 */
function forward(log: Logger, { namespace, label, log: { message, timestamp: _timestamp, ...extra } }: LogEntry): void {
  log.debug({ kafka: { namespace, label, ...extra } }, message);
}
