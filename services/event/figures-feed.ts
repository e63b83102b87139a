import type { Registry } from 'prom-client';
import type { Clock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import type { EventConsumer, KafkaPort, ReceivedMessage } from '#runtime/kafka.ts';
import type { Logger } from '#runtime/log.ts';
import { counter } from '#runtime/metrics.ts';
import type { Pool } from '#runtime/pg.ts';
import { FACT_TOPICS, mergeFacts, type OrderFact, orderFact } from './order-facts.ts';
import { keepFacts } from './sql/sale-orders.ts';

interface FeedDeps {
  readonly kafka: KafkaPort;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Registry;
}

/**
 * Keeps what orders say of themselves, for the figures of organisers. While Kafka or Postgres is away figures lag and nothing
 * else does; afterwards they catch up from where they were.
 */
export function feedFigures({ kafka, pool, clock, log, metrics }: FeedDeps): EventConsumer {
  const bad =
    metrics && counter(metrics, 'event_figures_unreadable_total', 'Order messages that could not be read', []);

  function factOf(message: ReceivedMessage): OrderFact | undefined {
    try {
      return orderFact(message.value);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'INVALID_ARGUMENT') throw error;
      bad?.inc();
      const { topic, partition, offset } = message;
      log.error({ topic, partition, offset, reason: error.message }, 'message cannot be read and is passed over');
      return undefined;
    }
  }

  return kafka.runConsumer({
    groupId: 'event-figures',
    topics: FACT_TOPICS,
    clock,
    ...(metrics && { metrics }),
    maxBatch: 500,
    batchHandler: async (messages) => {
      await keepFacts(pool, mergeFacts(messages.map(factOf).filter((fact) => fact !== undefined)));
    },
  });
}
