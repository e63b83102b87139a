import assert from 'node:assert/strict';
import kafkajs, { type Kafka } from 'kafkajs';
import { lostFromBrokers } from '#hack/faults/broker-log.ts';
import { until } from '#hack/faults/fault.ts';
import { systemClock } from '#runtime/clock.ts';
import { createEventProducer } from '#runtime/kafka-producer.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { enqueue, OUTBOX_TABLE_SQL } from '#runtime/outbox.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool, type Pool } from '#runtime/pg.ts';

const log = silentLogger();
const LEADER = { node: 2, server: 'kafka-2' };
const FOLLOWERS = ['kafka', 'kafka-3'];
/** A fetch that waits at the leader is answered within half a second; then a stopped follower asks no more. */
const FOLLOWERS_ASK_NO_MORE_MS = 1_500;

/** The guard taken away: the leader alone acknowledges. */
function acknowledgedByTheLeader(kafka: Kafka): Kafka {
  const producer: Kafka['producer'] = (config) => {
    const real = kafka.producer({ ...config, idempotent: false });
    return { ...real, sendBatch: (batch) => real.sendBatch({ ...batch, acks: 1 }) };
  };
  return Object.assign(Object.create(kafka) as Kafka, { producer });
}

describe('a message on three brokers, whose leader is killed before its followers have it', function () {
  this.timeout(240_000);
  let backing: Backing<'postgres' | 'kafka'>;
  let pool: Pool;
  let kafka: Kafka;
  before(async () => {
    backing = await startBacking({ which: ['postgres', 'kafka'], kafkaBrokers: 3, persistent: true });
    pool = createPool({ connectionString: backing.postgres.url, max: 10, applicationName: 'replication', log });
    await pool.query(OUTBOX_TABLE_SQL);
    const brokers = [...backing.kafka.brokers];
    kafka = new kafkajs.Kafka({ brokers, clientId: 'replication', logLevel: kafkajs.logLevel.NOTHING });
  });
  after(async () => {
    await pool?.end();
    await backing?.stop();
  });

  const signalTo = (server: string, signal: NodeJS.Signals) => {
    const pid = backing.pidOf(server);
    assert.ok(pid !== undefined, `${server} runs`);
    process.kill(pid, signal);
  };

  /** Ids that were marked as published and are gone. */
  const lostWith = async (topic: string, producerOf: (kafka: Kafka) => Kafka): Promise<string[]> => {
    await using stack = new AsyncDisposableStack();
    const admin = kafka.admin();
    await admin.connect();
    stack.defer(() => admin.disconnect());
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          replicaAssignment: [{ partition: 0, replicas: [LEADER.node, 1, 3] }],
          configEntries: [{ name: 'min.insync.replicas', value: '2' }],
        },
      ],
    });
    const producer = createEventProducer(producerOf(kafka), log);
    stack.defer(() => producer.close());
    const relay = stack.use(createRelay({ pool, producer, clock: systemClock, log, sendTimeoutMs: 2_000 }));
    const say = (id: string) => enqueue(pool, { id, topic, key: 'one', data: {}, time: Date.now() });
    await say(`${topic}-first`);
    await relay.drainOnce();
    const { brokers } = backing.kafka;
    assert.deepEqual(await lostFromBrokers(brokers, [topic], [`${topic}-first`]), [], 'the followers have the first');

    for (const server of FOLLOWERS) signalTo(server, 'SIGSTOP');
    await systemClock.sleep(FOLLOWERS_ASK_NO_MORE_MS);
    await say(`${topic}-second`);
    await relay.drainOnce().catch(() => undefined);
    signalTo(LEADER.server, 'SIGKILL');
    for (const server of FOLLOWERS) signalTo(server, 'SIGCONT');
    const leader = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions[0]?.leader;
    await until('a follower leads', async () => [1, 3].includes((await leader().catch(() => 0)) ?? 0), 60_000);

    const drained = () =>
      relay.drainOnce().then(
        () => true,
        () => false,
      );
    await until('the outbox is empty', drained, 60_000);
    await backing.start('kafka');
    const { rows } = await pool.query<{ id: string }>(
      'SELECT id FROM outbox WHERE published_time IS NOT NULL AND topic = $1',
      [topic],
    );
    assert.equal(rows.length, 2, 'both are marked as published');
    const ids = rows.map(({ id }) => id);
    const findings = await lostFromBrokers(brokers, [topic], ids, 15_000);
    return findings.map(({ kind, invariant, detail }) => `${kind} ${invariant} ${detail.split(' ')[0]}`);
  };

  it('is published when a follower leads, and nothing is lost', async () => {
    assert.deepEqual(await lostWith('kept', (given) => given), []);
  });

  it('is lost when the leader alone had acknowledged it, and the reading of the brokers finds it', async () => {
    assert.deepEqual(await lostWith('gone', acknowledgedByTheLeader), ['lost I11 gone-second']);
  });
});
