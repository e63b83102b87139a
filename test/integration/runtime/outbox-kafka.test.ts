import assert from 'node:assert/strict';
import { systemClock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { enqueue, OUTBOX_TABLE_SQL } from '#runtime/outbox.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool, withTransaction } from '#runtime/pg.ts';

describe('outbox to Kafka', function () {
  this.timeout(180_000);

  it('takes a committed change to a consumer, in order per key', async () => {
    const log = silentLogger();
    await using backing = await startBacking({ which: ['postgres', 'kafka'] });
    await using stack = new AsyncDisposableStack();
    const pool = createPool({ connectionString: backing.postgres.url, max: 10, applicationName: 'outbox', log });
    stack.defer(() => pool.end());
    await pool.query(OUTBOX_TABLE_SQL);
    const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'probe', log });
    const admin = kafka.admin();
    stack.defer(() => admin.close());
    await admin.createTopics([{ name: 'payment.completed', partitions: 3, replicationFactor: 1 }]);
    const producer = kafka.producer();
    stack.defer(() => producer.close());
    const relay = stack.use(createRelay({ pool, producer, clock: systemClock, log }));
    relay.start();

    const seen = new Map<string, number[]>();
    const latencies: number[] = [];
    const consumer = stack.use(
      kafka.runConsumer({
        groupId: 'probe',
        topics: ['payment.completed'],
        clock: systemClock,
        park: async () => assert.fail('nothing is poison here'),
        handler: async ({ value }) => {
          const { key, data, time } = decodeEnvelope(value);
          seen.set(key, [...(seen.get(key) ?? []), (data as { n: number }).n]);
          latencies.push(Date.now() - time);
          return 'done';
        },
      }),
    );
    await consumer.ready;
    // Connections are made before the clock runs.
    await enqueue(pool, { id: 'warm-0', topic: 'payment.completed', key: 'warm', data: { n: 0 }, time: Date.now() });
    while (seen.size === 0) await systemClock.sleep(20);
    seen.clear();
    latencies.length = 0;
    for (let n = 0; n < 20; n++) {
      await Promise.all(
        ['o1', 'o2', 'o3', 'o4', 'o5'].map((key) =>
          withTransaction(pool, (client) =>
            enqueue(client, { id: `${key}-${n}`, topic: 'payment.completed', key, data: { n }, time: Date.now() }),
          ),
        ),
      );
      relay.wake();
      await systemClock.sleep(20);
    }
    const total = () => [...seen.values()].reduce((sum, numbers) => sum + numbers.length, 0);
    const end = performance.now() + 30_000;
    while (total() < 100 && performance.now() < end) await systemClock.sleep(20);
    for (const [key, numbers] of seen)
      assert.deepEqual(
        numbers,
        Array.from({ length: 20 }, (_, n) => n),
        key,
      );
    assert.equal(total(), 100);
    latencies.sort((a, b) => a - b);
    console.log(`      commit to consumer: median ${latencies[50]} ms, worst ${latencies[99]} ms`);
  });
});
