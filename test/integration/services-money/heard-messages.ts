import { systemClock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import { silentLogger } from '#runtime/log.ts';

export interface HeardMessages extends AsyncDisposable {
  /** By key, each message once however often it came: its data by its id. */
  readonly byKey: ReadonlyMap<string, ReadonlyMap<string, Record<string, unknown>>>;
}

/** Hears a topic from its beginning, until disposed. */
export function hear(brokers: readonly string[], topic: string): HeardMessages {
  const byKey = new Map<string, Map<string, Record<string, unknown>>>();
  const consumer = createKafka({ brokers, clientId: 'test', log: silentLogger() }).runConsumer({
    groupId: `test-${topic}`,
    topics: [topic],
    clock: systemClock,
    handler: async ({ key, value }) => {
      const { id, data } = decodeEnvelope(value);
      byKey.set(key, (byKey.get(key) ?? new Map()).set(id, data));
      return 'done';
    },
    park: async () => {},
  });
  return { byKey, [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose]() };
}
