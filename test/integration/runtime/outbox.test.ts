import assert from 'node:assert/strict';
import { systemClock } from '#runtime/clock.ts';
import { unavailable } from '#runtime/errors.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import type { EventProducer, OutgoingMessage } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { deletePublished, enqueue, OUTBOX_TABLE_SQL } from '#runtime/outbox.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool, type Pool, withTransaction } from '#runtime/pg.ts';

/** A broker of our own making, for the failures a real one cannot be asked for; the real one is in outbox-kafka.test.ts. */
class RecordingProducer implements EventProducer {
  readonly sent: { topic: string; message: OutgoingMessage }[] = [];
  /** Runs before each send is taken; may throw or wait. */
  before: (topic: string) => Promise<void> = async () => {};
  /** Runs after it was taken and before that is acknowledged. */
  beforeAck: () => Promise<void> = async () => {};

  async send(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    await this.before(topic);
    for (const message of messages) this.sent.push({ topic, message });
    await this.beforeAck();
  }
  async close() {}
}

type Rewrite = readonly [from: string, to: string];
/** Every relay believes that the shards are its own. */
const WITHOUT_LOCK: Rewrite = ['WHERE pg_try_advisory_xact_lock($1, shard)', 'WHERE $1::int IS NOT NULL'];
/** Rows that another relay holds are not even seen. */
const SKIPPING: Rewrite = ['ORDER BY seq LIMIT $2) AS o', 'ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED) AS o'];

/** A pool whose connections run other SQL than they are given; `used` gets the rewrites that found their text. */
function rewriting(pool: Pool, rewrites: readonly Rewrite[], used: Set<Rewrite>): Pool {
  const rewrite = (text: string) =>
    rewrites.reduce((sql, each) => {
      if (sql.includes(each[0])) used.add(each);
      return sql.replace(each[0], each[1]);
    }, text);
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'connect') return Reflect.get(target, name).bind(target);
      return async () => {
        const client = await target.connect();
        return new Proxy(client, {
          get(connection, property) {
            const value = Reflect.get(connection, property);
            if (property === 'query')
              return (text: string, values?: unknown[]) => connection.query(rewrite(text), values);
            return typeof value === 'function' ? value.bind(connection) : value;
          },
        });
      };
    },
  });
}

describe('outbox', function () {
  this.timeout(120_000);
  let backing: Backing<'postgres'>;
  let pool: Pool;
  const log = silentLogger();

  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    pool = createPool({ connectionString: backing.postgres.url, max: 20, applicationName: 'outbox', log });
    await pool.query(OUTBOX_TABLE_SQL);
  });
  beforeEach(() => pool.query('TRUNCATE outbox'));
  after(async () => {
    await pool?.end();
    await backing?.stop();
  });

  const message = (key: string, n: number) => ({
    id: `${key}-${n}`,
    topic: 'payment.completed',
    key,
    data: { n },
    time: n,
  });
  const waiting = async () =>
    (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM outbox WHERE published_time IS NULL')).rows[0]?.n;
  const numbersOf = (producer: RecordingProducer, key: string) =>
    producer.sent
      .filter((sent) => sent.message.key === key)
      .map((sent) => (decodeEnvelope(sent.message.value).data as { n: number }).n);

  it('tells of a change exactly when the change was committed', async () => {
    const producer = new RecordingProducer();
    const relay = createRelay({ pool, producer, clock: systemClock, log });
    await withTransaction(pool, (client) => enqueue(client, message('o1', 1)));
    const undone = withTransaction(pool, async (client) => {
      await enqueue(client, message('o2', 1));
      throw new Error('changed my mind');
    });
    await assert.rejects(undone, /changed my mind/);
    assert.equal(await relay.drainOnce(), 1);
    const [only] = producer.sent;
    assert.equal(only?.topic, 'payment.completed');
    assert.deepEqual(decodeEnvelope(only?.message.value ?? ''), {
      id: 'o1-1',
      type: 'payment.completed',
      key: 'o1',
      time: 1,
      data: { n: 1 },
    });
    assert.deepEqual(only?.message.headers, { id: 'o1-1', type: 'payment.completed' });
    assert.equal(await relay.drainOnce(), 0);
  });

  it('writes the same event once, however often its transaction is repeated', async () => {
    assert.equal(await enqueue(pool, message('o1', 1), message('o1', 2)), 2);
    assert.equal(await enqueue(pool, message('o1', 1)), 0);
    assert.equal(await waiting(), 2);
  });

  it('publishes each key in order while several relays compete, and everything exactly once when nothing fails', async () => {
    const producer = new RecordingProducer();
    producer.before = () => systemClock.sleep(Math.random() * 3);
    const relays = Array.from({ length: 3 }, () =>
      createRelay({ pool, producer, clock: systemClock, log, batch: 40, pollMs: { min: 1, max: 5 } }),
    );
    for (const relay of relays) relay.start();
    const keys = Array.from({ length: 10 }, (_, n) => `order-${n}`);
    await Promise.all(
      keys.map(async (key) => {
        for (let n = 0; n < 30; n++) await withTransaction(pool, (client) => enqueue(client, message(key, n)));
      }),
    );
    const end = performance.now() + 20_000;
    while ((await waiting()) !== 0 && performance.now() < end) await systemClock.sleep(20);
    await Promise.all(relays.map((relay) => relay.stop()));
    for (const key of keys)
      assert.deepEqual(
        numbersOf(producer, key),
        Array.from({ length: 30 }, (_, n) => n),
        key,
      );
  });

  describe('a relay that comes while another one has a message under way to the broker', () => {
    /** In which order two messages of one key arrive. */
    const arrivals = async (...rewrites: readonly Rewrite[]) => {
      const used = new Set<Rewrite>();
      const relayPool = rewriting(pool, rewrites, used);
      const producer = new RecordingProducer();
      const [claimed, sent] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      producer.before = async () => {
        producer.before = async () => {};
        claimed.resolve();
        await sent.promise;
      };
      const relays = [0, 1].map(() => createRelay({ pool: relayPool, producer, clock: systemClock, log }));
      await enqueue(pool, message('o1', 1));
      const first = relays[0]?.drainOnce();
      await claimed.promise;
      await enqueue(pool, message('o1', 2));
      await relays[1]?.drainOnce();
      sent.resolve();
      await first;
      assert.equal(used.size, rewrites.length, 'the relay has other statements now');
      assert.equal(await waiting(), 0);
      return numbersOf(producer, 'o1');
    };

    it('leaves the shard alone', async () => {
      assert.deepEqual(await arrivals(), [1, 2]);
    });
    it('without the lock of the shard, leaves the key alone', async () => {
      assert.deepEqual(await arrivals(WITHOUT_LOCK), [1, 2]);
    });
    it('negative control: taking whatever is free, it overtakes', async () => {
      assert.deepEqual(await arrivals(WITHOUT_LOCK, SKIPPING), [2, 1]);
    });
  });

  it('negative control of at least once: a row marked before the acknowledgement is lost with its message', async () => {
    const lost = async (producer: RecordingProducer, sender: EventProducer) => {
      await pool.query('TRUNCATE outbox');
      await enqueue(pool, message('o1', 1), message('o1', 2));
      const relay = createRelay({ pool, producer: sender, clock: systemClock, log });
      for (let n = 0; n < 2; n++) await relay.drainOnce().catch(() => {});
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM outbox WHERE published_time IS NOT NULL');
      const there = new Set(producer.sent.map(({ message: { headers } }) => headers?.['id']));
      return rows.filter(({ id }) => !there.has(id)).length;
    };
    const failingOnce = () => {
      const producer = new RecordingProducer();
      let failures = 1;
      producer.before = async () => {
        if (failures-- > 0) throw unavailable('KAFKA_UNAVAILABLE', 'connection lost');
      };
      return producer;
    };
    const guarded = failingOnce();
    assert.equal(await lost(guarded, guarded), 0);
    const hasty = failingOnce();
    const sendAndForget = async (topic: string, messages: readonly OutgoingMessage[]) =>
      void hasty.send(topic, messages).catch(() => {});
    assert.equal(await lost(hasty, { send: sendAndForget, close: async () => {} }), 2);
  });

  it('repeats rather than loses when the acknowledgement is lost, still in order', async () => {
    const producer = new RecordingProducer();
    let failures = 2;
    producer.beforeAck = async () => {
      if (failures-- > 0) throw unavailable('KAFKA_UNAVAILABLE', 'connection lost');
    };
    for (let n = 0; n < 3; n++) await enqueue(pool, message('o1', n));
    const metrics = createMetrics('probe');
    await using relay = createRelay({ pool, producer, clock: systemClock, log, metrics });
    relay.start();
    const end = performance.now() + 10_000;
    while ((await waiting()) !== 0 && performance.now() < end) await systemClock.sleep(20);
    assert.deepEqual(numbersOf(producer, 'o1'), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    const shown = await metrics.metrics();
    assert.match(shown, /outbox_failures_total\{[^}]*\} 2/);
    assert.match(shown, /outbox_published_total\{[^}]*\} 3/);
  });

  it('publishes the other topics while the broker does not take one, each message of them once', async () => {
    const producer = new RecordingProducer();
    producer.before = async (topic) => {
      if (topic === 'payment.failed') throw unavailable('KAFKA_UNAVAILABLE', 'no leader');
    };
    await enqueue(pool, { ...message('stuck', 1), topic: 'payment.failed' }, message('free', 1));
    await enqueue(pool, message('stuck', 2));
    const relay = createRelay({ pool, producer, clock: systemClock, log });
    for (let n = 0; n < 3; n++) await assert.rejects(relay.drainOnce(), /no leader/);
    assert.deepEqual(numbersOf(producer, 'free'), [1]);
    assert.deepEqual(numbersOf(producer, 'stuck'), [2]);
    producer.before = async () => {};
    assert.equal(await relay.drainOnce(), 1);
    assert.equal(await waiting(), 0);
  });

  it('gives its claim back when its process dies in the middle', async () => {
    await enqueue(pool, message('o1', 1));
    const doomed = createPool({ connectionString: backing.postgres.url, max: 2, applicationName: 'doomed', log });
    const stuck = new RecordingProducer();
    const claimed = Promise.withResolvers<void>();
    stuck.before = async () => {
      claimed.resolve();
      await systemClock.sleep(3000);
    };
    const dying = createRelay({ pool: doomed, producer: stuck, clock: systemClock, log });
    const failed = assert.rejects(dying.drainOnce());
    await claimed.promise;
    const producer = new RecordingProducer();
    const heir = createRelay({ pool, producer, clock: systemClock, log });
    assert.equal(await heir.drainOnce(), 0, 'the shard is held');
    await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'`);
    await systemClock.sleep(100);
    assert.equal(await heir.drainOnce(), 1);
    await failed;
    await doomed.end();
  });

  it('holds back later messages of a key whose first is held by somebody else, but not other keys', async () => {
    await enqueue(pool, message('held', 1), message('held', 2));
    const { rows } = await pool.query<{ shard: number }>(`SELECT shard FROM outbox LIMIT 1`);
    await enqueue(pool, message('free', 1));
    await pool.query(`UPDATE outbox SET shard = $1 WHERE key = 'free'`, [rows[0]?.shard]);
    const producer = new RecordingProducer();
    const relay = createRelay({ pool, producer, clock: systemClock, log });
    await withTransaction(pool, async (client) => {
      await client.query(`SELECT 1 FROM outbox WHERE id = 'held-1' FOR UPDATE`);
      assert.equal(await relay.drainOnce(), 1);
    });
    assert.deepEqual(
      producer.sent.map(({ message: { key } }) => key),
      ['free'],
    );
    assert.equal(await relay.drainOnce(), 2);
    assert.deepEqual(numbersOf(producer, 'held'), [1, 2]);
  });

  it('publishes soon after a commit when woken', async () => {
    const producer = new RecordingProducer();
    const relay = createRelay({ pool, producer, clock: systemClock, log, pollMs: { min: 20, max: 60_000 } });
    relay.start();
    // Let the pause grow to seconds, so that only the wake-up can explain a fast publish.
    await systemClock.sleep(2000);
    await enqueue(pool, message('o1', 1));
    const start = performance.now();
    relay.wake();
    while (producer.sent.length === 0 && performance.now() - start < 5000) await systemClock.sleep(1);
    const took = performance.now() - start;
    await relay.stop();
    assert.ok(took < 500, `${took} ms`);
  });

  it('shows how long the oldest message has been waiting', async () => {
    const metrics = createMetrics('probe');
    const producer = new RecordingProducer();
    producer.before = () => Promise.reject(unavailable('KAFKA_UNAVAILABLE', 'down'));
    await enqueue(pool, message('o1', 1));
    await pool.query(`UPDATE outbox SET created_time = now() - interval '90 seconds'`);
    const relay = createRelay({ pool, producer, clock: systemClock, log, metrics });
    await assert.rejects(relay.drainOnce());
    assert.match(await metrics.metrics(), /outbox_oldest_age_seconds\{[^}]*\} 9\d/);
  });

  it('cleans up what was published long ago and nothing else', async () => {
    await enqueue(pool, message('old', 1), message('new', 1), message('waiting', 1));
    await pool.query(`UPDATE outbox SET published_time = now() - interval '8 days' WHERE key = 'old'`);
    await pool.query(`UPDATE outbox SET published_time = now() WHERE key = 'new'`);
    assert.equal(await deletePublished(pool, 7 * 86_400_000), 1);
    const { rows } = await pool.query('SELECT key FROM outbox ORDER BY key');
    assert.deepEqual(rows, [{ key: 'new' }, { key: 'waiting' }]);
  });
});
