import assert from 'node:assert/strict';
import { systemClock } from '#runtime/clock.ts';
import { createKafka } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { enqueue, OUTBOX_TABLE_SQL, unpark } from '#runtime/outbox.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool, type Pool, withTransaction } from '#runtime/pg.ts';

describe('a message that the broker will never take', function () {
  this.timeout(120_000);
  const log = silentLogger();
  let backing: Backing<'postgres' | 'kafka'>;
  let pool: Pool;
  const closing: (() => Promise<unknown>)[] = [];

  before(async () => {
    backing = await startBacking({ which: ['postgres', 'kafka'] });
    pool = createPool({ connectionString: backing.postgres.url, max: 8, applicationName: 'test', log });
    await pool.query(OUTBOX_TABLE_SQL);
  });
  after(async () => {
    for (const close of closing) await close();
    await pool?.end();
    await backing?.stop();
  });

  it('is parked with the reason; those behind it and beside it go out, and it comes back when told to', async () => {
    const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log });
    const admin = kafka.admin();
    const producer = kafka.producer();
    closing.push(
      () => admin.close(),
      () => producer.close(),
    );
    await admin.createTopics(['a', 'b'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
    const message = (topic: string, key: string, id: string, text: string) => ({
      ...{ id, topic, key, data: { text }, time: 1 },
    });
    await withTransaction(pool, (client) =>
      enqueue(
        client,
        message('a', 'k', 'one', 'before'),
        // The broker's limit is 1 MB.
        message('a', 'k', 'two', 'x'.repeat(2_000_000)),
        message('a', 'k', 'three', 'behind'),
        ...Array.from({ length: 20 }, (_, n) =>
          message(n % 2 === 0 ? 'a' : 'b', `other-${n}`, `beside-${n}`, 'beside'),
        ),
      ),
    );
    const parkedIds: string[] = [];
    const relay = createRelay({ pool, producer, clock: systemClock, log, onParked: (id) => parkedIds.push(id) });
    await relay.drainOnce(AbortSignal.timeout(60_000));
    assert.deepEqual(parkedIds, ['two']);
    const left = await pool.query('SELECT id FROM outbox WHERE published_time IS NULL');
    assert.equal(left.rows.length, 0);
    const parked = await pool.query<{ id: string; reason: string }>('SELECT id, reason FROM outbox_parked');
    assert.equal(parked.rows[0]?.id, 'two');
    assert.match(parked.rows[0]?.reason ?? '', /MESSAGE_TOO_LARGE/);

    await admin.alterConfigs('a', { 'max.message.bytes': '4000000' });
    assert.equal(await unpark(pool, ['two']), 1);
    await relay.drainOnce(AbortSignal.timeout(60_000));
    const published = await pool.query('SELECT id FROM outbox WHERE published_time IS NOT NULL');
    assert.equal(published.rows.length, 23);
  });
});
