import { randomUUID } from 'node:crypto';
import { systemClock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import { silentLogger } from '#runtime/log.ts';
import type { Finding } from './audit.ts';
import { until } from './fault.ts';

/**
 * Reads topics from their first message on, as the brokers have them now, and says which of the ids are not there: a message may
 * have been there once, and be gone with the broker that acknowledged it.
 */
export async function lostFromBrokers(
  brokers: readonly string[],
  topics: readonly string[],
  ids: readonly string[],
  withinMs = 60_000,
): Promise<Finding[]> {
  const missing = new Set(ids);
  const kafka = createKafka({ brokers, clientId: 'broker-log', log: silentLogger() });
  const groupId = `broker-log-${randomUUID()}`;
  await using _reader = kafka.runConsumer({
    ...{ groupId, topics, clock: systemClock },
    handler: async ({ value }) => {
      missing.delete(decodeEnvelope(value).id);
      return 'done';
    },
    // What nobody can read is nobody's message.
    park: async () => {},
  });
  await until('all is read', async () => missing.size === 0, withinMs).catch(() => undefined);
  return [...missing].map((id) => ({
    ...{ kind: 'lost', invariant: 'I11' },
    detail: `${id} was marked as published, and the brokers have it no more`,
  }));
}
