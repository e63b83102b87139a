import assert from 'node:assert/strict';
import { REHEARSAL_CLASS, TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { encodeEnvelope } from '#runtime/event-envelope.ts';
import { newId } from '#runtime/ids.ts';
import { createKafka, type EventProducer, type KafkaPort } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { toIso } from '#runtime/timestamp.ts';
import { feedFigures } from '#services/event/figures-feed.ts';
import { saleMinutes, saleTotals } from '#services/event/sql/sale-orders.ts';
import { migratedDatabase } from './servers.ts';

const FIRST = Date.UTC(2027, 0, 10, 3, 0, 10);
const MINUTE = 60_000;

describe('figures of organisers, from Kafka', function () {
  this.timeout(180_000);
  const stack = new AsyncDisposableStack();
  const log = silentLogger();
  const eventId = newId();
  let backing: Backing<'postgres' | 'kafka'>;
  let pool: Pool;
  let kafka: KafkaPort;
  let producer: EventProducer;

  before(async () => {
    backing = stack.use(await startBacking({ which: ['postgres', 'kafka'] }));
    const url = await migratedDatabase(backing.postgres.url, 'event');
    pool = createPool({ connectionString: url, max: 5, applicationName: 'test', log });
    stack.defer(() => pool.end());
    kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log });
    const admin = kafka.admin();
    await admin.createTopics(
      [TOPIC.orderCreated, TOPIC.orderPaid, TOPIC.orderRefunded].map((name) => ({
        name,
        partitions: 3,
        replicationFactor: 1,
      })),
    );
    await admin.close();
    producer = kafka.producer();
    stack.defer(() => producer.close());
  });
  after(() => stack.disposeAsync());

  const created = (orderId: string, time: number, className = 'GA') => ({
    key: orderId,
    value: encodeEnvelope({
      ...{ id: `created-${orderId}`, type: TOPIC.orderCreated, time, key: orderId },
      data: { orderId, eventId, lines: [{ className, quantity: 2 }] },
    }),
  });
  const paid = (orderId: string, time: number, rehearsal = false) => ({
    key: orderId,
    value: encodeEnvelope({
      ...{ id: `paid-${orderId}`, type: TOPIC.orderPaid, time, key: orderId },
      data: { orderId, eventId, total: { amountMinor: 1_600_000n, currency: 'VND' }, tickets: [{}, {}], rehearsal },
    }),
  });
  const refunded = (orderId: string, refundTime: number, told = refundTime, tickets = 2) => ({
    key: orderId,
    value: encodeEnvelope({
      ...{ id: `refunded-${orderId}`, type: TOPIC.orderRefunded, time: told, key: orderId },
      data: {
        ...{ orderId, eventId, refunded: { amountMinor: 1_600_000n, currency: 'VND' } },
        ...{ refundTime: toIso(refundTime), tickets: Array.from({ length: tickets }, () => ({})) },
      },
    }),
  });
  const figures = async () =>
    (await saleMinutes(pool, eventId, 100)).map(
      ({
        minute,
        ordersCreated,
        ordersPaid,
        tickets,
        revenueMinor,
        ordersRefunded,
        ticketsRefunded,
        refundedMinor,
      }) => [
        (minute.getTime() - Math.floor(FIRST / MINUTE) * MINUTE) / MINUTE,
        ...[ordersCreated, ordersPaid, tickets, revenueMinor],
        ...(ordersRefunded === 0 ? [] : [ordersRefunded, ticketsRefunded, refundedMinor]),
      ],
    );
  async function until(wanted: unknown): Promise<void> {
    for (let n = 0; n < 150; n++) {
      if (JSON.stringify(await figures()) === JSON.stringify(wanted)) return;
      await systemClock.sleep(100);
    }
    assert.deepEqual(await figures(), wanted);
  }

  it('count each order once, whatever comes again, in whatever order, and pass over what nobody can read', async () => {
    const metrics = createMetrics('event');
    const orders = Array.from({ length: 30 }, () => newId());
    const [first = '', second = ''] = orders;
    const rehearsal = newId();
    await producer.send(TOPIC.orderCreated, [
      ...orders.map((id) => created(id, FIRST)),
      { key: 'x', value: 'not an envelope' },
      created(rehearsal, FIRST, REHEARSAL_CLASS),
      created(first, FIRST + 5 * MINUTE),
    ]);
    const feed = feedFigures({ kafka, pool, clock: systemClock, log, metrics });
    await until([[0, 30, 0, 0, '0']]);
    await producer.send(TOPIC.orderPaid, [
      ...orders.slice(0, 20).map((id) => paid(id, FIRST + MINUTE)),
      paid(rehearsal, FIRST + MINUTE, true),
      paid(second, FIRST + 7 * MINUTE),
      // Its order.created is late: it still counts.
      paid(newId(), FIRST + 2 * MINUTE),
    ]);
    const all = [
      [0, 30, 0, 0, '0'],
      [1, 0, 20, 40, '32000000'],
      [2, 0, 1, 2, '1600000'],
    ];
    await until(all);
    assert.match(await metrics.metrics(), /event_figures_unreadable_total(\{[^}]*\})? 1\n/);
    await feed.stop();

    // While nobody feeds, everything is replayed, and something new comes with it.
    await producer.send(
      TOPIC.orderPaid,
      orders.slice(0, 20).map((id) => paid(id, FIRST + MINUTE)),
    );
    await producer.send(TOPIC.orderPaid, [paid(newId(), FIRST + 3 * MINUTE)]);
    const again = feedFigures({ kafka, pool, clock: systemClock, log });
    const sold = [...all, [3, 0, 1, 2, '1600000']];
    await until(sold);

    // What is given back leaves the minutes of the sale as they are, and counts in its own.
    const [third = '', fourth = '', last = ''] = orders.slice(2);
    const [early, late] = [newId(), newId()];
    await producer.send(TOPIC.orderRefunded, [
      refunded(third, FIRST + 5 * MINUTE),
      refunded(fourth, FIRST + 5 * MINUTE, FIRST + 9 * MINUTE),
      refunded(third, FIRST + 8 * MINUTE),
      // Before its sale is told.
      refunded(early, FIRST + 6 * MINUTE),
      // Money that came too late: never sold, so nothing is missing.
      refunded(late, FIRST + 6 * MINUTE, FIRST + 6 * MINUTE, 0),
    ]);
    const fifth = [5, 0, 0, 0, '0', 2, 4, '3200000'];
    await until([...sold, fifth]);
    // Told once more, before something new in the same partition.
    await producer.send(TOPIC.orderRefunded, [
      refunded(third, FIRST + 8 * MINUTE),
      { ...refunded(last, FIRST + 7 * MINUTE), key: third },
    ]);
    await until([...sold, fifth, [7, 0, 0, 0, '0', 1, 2, '1600000']]);
    await producer.send(TOPIC.orderPaid, [paid(early, FIRST + 3 * MINUTE)]);
    await until([
      ...[...all, [3, 0, 2, 4, '3200000'], fifth],
      ...[6, 7].map((minute) => [minute, 0, 0, 0, '0', 1, 2, '1600000']),
    ]);
    assert.deepEqual(await saleTotals(pool, eventId), {
      ...{ ordersPaid: 23, tickets: 46, revenueMinor: '36800000', currency: 'VND' },
      ...{ ordersRefunded: 4, ticketsRefunded: 8, refundedMinor: '6400000' },
    });
    await again.stop();
  });
});
