import assert from 'node:assert/strict';
import { systemClock } from '#runtime/clock.ts';
import { invalidArgument, unavailable } from '#runtime/errors.ts';
import {
  createKafka,
  type KafkaAdmin,
  type KafkaPort,
  type ReceivedMessage,
  type RunConsumerOptions,
} from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';

const log = silentLogger();
const text = (message: ReceivedMessage) => message.value.toString();

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await systemClock.sleep(20);
  }
}

describe('Kafka', function () {
  this.timeout(180_000);
  let backing: Backing<'kafka'>;
  let kafka: KafkaPort;
  let admin: KafkaAdmin;
  let count = 0;

  before(async () => {
    backing = await startBacking({ which: ['kafka'] });
    kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'probe', log });
    admin = kafka.admin();
  });
  after(async () => {
    await admin?.close();
    await backing?.stop();
  });

  async function newTopic(partitions = 1): Promise<string> {
    const name = `topic-${++count}`;
    await admin.createTopics([{ name, partitions, replicationFactor: 1 }]);
    return name;
  }

  function consume(topic: string, options: Partial<RunConsumerOptions> = {}) {
    const seen: string[] = [];
    const parked: { text: string; reason: string }[] = [];
    const consumer = kafka.runConsumer({
      groupId: `group-${topic}`,
      topics: [topic],
      handler: async (message) => {
        seen.push(text(message));
        return 'done';
      },
      park: async (message, reason) => void parked.push({ text: text(message), reason }),
      clock: systemClock,
      ...options,
    });
    return { seen, parked, consumer };
  }

  describe('admin', () => {
    it('creates what is missing, says what it created, and does not mind a second time', async () => {
      const specs = [
        { name: 'order.paid', partitions: 3, replicationFactor: 1, config: { 'retention.ms': '86400000' } },
        { name: 'order.created', partitions: 1, replicationFactor: 1 },
      ];
      assert.deepEqual(await admin.createTopics(specs), ['order.paid', 'order.created']);
      assert.deepEqual(await admin.createTopics(specs), []);
      const topics = await admin.describeTopics(['order.paid', 'absent']);
      assert.deepEqual(
        [...topics.values()],
        [{ name: 'order.paid', partitions: 3, replicationFactor: 1, leaderless: 0, underReplicated: 0 }],
      );
      assert.equal((await admin.listTopics()).includes('absent'), false);
    });

    it('raises partitions and cannot lower them', async () => {
      const topic = await newTopic(1);
      await admin.createPartitions(topic, 4);
      assert.equal((await admin.describeTopics([topic])).get(topic)?.partitions, 4);
      await assert.rejects(admin.createPartitions(topic, 2));
    });

    it('changes one setting without resetting the others', async () => {
      await admin.createTopics([
        {
          name: 'settings',
          partitions: 1,
          replicationFactor: 1,
          config: { 'retention.ms': '1000', 'cleanup.policy': 'delete' },
        },
      ]);
      await admin.alterConfigs('settings', { 'max.message.bytes': '2000000' });
      const set = { 'retention.ms': '1000', 'cleanup.policy': 'delete', 'max.message.bytes': '2000000' };
      assert.deepEqual((await admin.describeConfigs(['settings'])).get('settings'), set);
      await admin.alterConfigs('settings', {}, ['retention.ms']);
      const { 'retention.ms': _removed, ...rest } = set;
      assert.deepEqual((await admin.describeConfigs(['settings'])).get('settings'), rest);
    });

    it('says how far a group is behind', async () => {
      const topic = await newTopic(2);
      const producer = kafka.producer();
      await producer.send(
        topic,
        [1, 2, 3, 4, 5].map((n) => ({ key: `k${n}`, value: 'x' })),
      );
      assert.equal(await admin.groupLag(`group-${topic}`, topic), 5);
      const { seen, consumer } = consume(topic);
      await until(() => seen.length === 5, 'five messages');
      await consumer.stop();
      assert.equal(await admin.groupLag(`group-${topic}`, topic), 0);
      await producer.close();
    });

    it('deletes topics, also those already gone', async () => {
      const topic = await newTopic();
      await admin.deleteTopics([topic, 'never-there']);
      assert.equal((await admin.listTopics()).includes(topic), false);
    });
  });

  it('delivers messages of one key in order, with headers, from many senders at once', async () => {
    const topic = await newTopic(3);
    const producer = kafka.producer();
    const sends = Array.from({ length: 200 }, (_, n) =>
      producer.send(topic, [{ key: `key-${n % 5}`, value: `${n % 5}:${n}`, headers: { id: `id-${n}` } }]),
    );
    await Promise.all(sends);
    const received: ReceivedMessage[] = [];
    const { consumer } = consume(topic, {
      handler: async (message) => {
        received.push(message);
        return 'done';
      },
    });
    await until(() => received.length === 200, '200 messages');
    await consumer.stop();
    for (let key = 0; key < 5; key++) {
      const numbers = received
        .filter((message) => message.key === `key-${key}`)
        .map((message) => Number(text(message).split(':')[1]));
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
      assert.equal(numbers.length, 40);
    }
    assert.equal(received.find((message) => text(message) === '2:7')?.headers['id'], 'id-7');
    await producer.close();
  });

  it('takes one message after another from a sender that waits for each', async () => {
    const topic = await newTopic();
    const producer = kafka.producer();
    try {
      for (let n = 0; n < 20; n++) await producer.send(topic, [{ key: 'k', value: String(n) }]);
    } finally {
      await producer.close();
    }
    const { seen, consumer } = consume(topic);
    await until(() => seen.length === 20, 'all of them');
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
    await consumer.stop();
  });

  it('does not read again what it committed, and reads again what it did not finish', async () => {
    const topic = await newTopic();
    const producer = kafka.producer();
    await producer.send(
      topic,
      ['a', 'b', 'c'].map((value) => ({ key: 'k', value })),
    );
    const first = consume(topic, {
      handler: async (message) => {
        if (text(message) === 'c') throw unavailable('DOWN', 'the store is down');
        first.seen.push(text(message));
        return 'done';
      },
    });
    await until(() => first.seen.length === 2, 'a and b');
    await systemClock.sleep(200);
    await first.consumer.stop();
    const second = consume(topic);
    await until(() => second.seen.length > 0, 'c');
    assert.deepEqual(second.seen, ['c']);
    await second.consumer.stop();
    await producer.close();
  });

  it('waits for a store that is down without losing order, and parks poison without stopping', async () => {
    const topic = await newTopic();
    const producer = kafka.producer();
    await producer.send(
      topic,
      ['a', 'poison', 'b', 'cursed', 'c'].map((value) => ({ key: 'k', value })),
    );
    let attempts = 0;
    const metrics = createMetrics('probe');
    const { seen, parked, consumer } = consume(topic, {
      metrics,
      maxAttempts: 2,
      handler: async (message) => {
        if (text(message) === 'poison') throw invalidArgument('BAD_ENVELOPE', 'not JSON');
        if (text(message) === 'cursed') throw new Error('bug');
        if (text(message) === 'b' && ++attempts < 3) throw unavailable('DOWN', 'the store is down');
        seen.push(text(message));
        return text(message) === 'c' ? { park: 'unknown order' } : 'done';
      },
    });
    await until(() => parked.length === 3, 'three parked');
    assert.deepEqual(seen, ['a', 'b', 'c']);
    assert.deepEqual(parked, [
      { text: 'poison', reason: 'BAD_ENVELOPE: not JSON' },
      { text: 'cursed', reason: 'failed 2 times: bug' },
      { text: 'c', reason: 'unknown order' },
    ]);
    await consumer.stop();
    assert.equal(await admin.groupLag(`group-${topic}`, topic), 0);
    assert.match(await metrics.metrics(), /kafka_consumer_messages_total\{[^}]*outcome="parked"[^}]*\} 3/);
    await producer.close();
  });

  it('does not let go of poison before it is kept safe', async () => {
    const topic = await newTopic();
    const producer = kafka.producer();
    await producer.send(topic, [{ key: 'k', value: 'poison' }]);
    let tries = 0;
    const parked: string[] = [];
    const { consumer } = consume(topic, {
      handler: async () => ({ park: 'no' }),
      park: async (message) => {
        if (++tries < 3) throw new Error('the table is locked');
        parked.push(text(message));
      },
    });
    await until(() => parked.length === 1, 'parked');
    assert.equal(tries, 3);
    await consumer.stop();
    await producer.close();
  });

  it('lets the running handler finish when told to stop, and aborts it when time is up', async () => {
    const topic = await newTopic();
    const producer = kafka.producer();
    await producer.send(topic, [{ key: 'k', value: 'slow' }]);
    const started = Promise.withResolvers<void>();
    let finished = false;
    const patient = consume(topic, {
      handler: async () => {
        started.resolve();
        await systemClock.sleep(300);
        finished = true;
        return 'done';
      },
    });
    await started.promise;
    await patient.consumer.stop();
    assert.equal(finished, true);

    await producer.send(topic, [{ key: 'k', value: 'endless' }]);
    const running = Promise.withResolvers<void>();
    const endless = consume(topic, {
      handler: (_message, { signal }) => {
        running.resolve();
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await running.promise;
    await endless.consumer.stop(AbortSignal.timeout(200));
    assert.equal(await admin.groupLag(`group-${topic}`, topic), 1);
    await producer.close();
  });

  it('waits for a topic that is not there yet', async () => {
    const states: boolean[] = [];
    const { seen, consumer } = consume('comes-later', { onState: (ok) => states.push(ok) });
    await until(() => states.includes(false), 'a first failure');
    await admin.createTopics([{ name: 'comes-later', partitions: 1, replicationFactor: 1 }]);
    const producer = kafka.producer();
    await producer.send('comes-later', [{ key: 'k', value: 'hello' }]);
    await until(() => seen.length === 1, 'the message');
    assert.equal(states.at(-1), true);
    await consumer.stop();
    await producer.close();
  });

  it('tells senders that the broker is away, and works when it is back', async () => {
    const elsewhere = createKafka({ brokers: ['127.0.0.1:1'], clientId: 'probe', log });
    const producer = elsewhere.producer();
    await assert.rejects(producer.send('x', [{ key: 'k', value: 'v' }]), {
      code: 'UNAVAILABLE',
      reason: 'KAFKA_UNAVAILABLE',
    });
    const stop = AbortSignal.timeout(50);
    await assert.rejects(producer.send('x', [{ key: 'k', value: 'v' }], { signal: stop }), { code: 'CANCELLED' });
    await producer.close();
    const topic = await newTopic();
    const working = kafka.producer();
    await assert.rejects(working.send('no-such-topic', [{ key: 'k', value: 'v' }]), { reason: 'KAFKA_UNAVAILABLE' });
    await working.send(topic, [{ key: 'k', value: 'v' }]);
    await working.close();
  });
});
