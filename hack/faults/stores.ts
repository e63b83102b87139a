import { type Fault, freezeServer, pause, until } from './fault.ts';
import { smallDisk } from './small-disk.ts';

/** Stores that go away, come back, or are full. */
export const stores: readonly Fault[] = [
  {
    number: 10,
    name: 'postgres-restart',
    title:
      'Postgres stopped in immediate mode under load; then the stock locked by another session until pools are empty',
    inShort: true,
    async run({ shop, lasting }) {
      await shop.backing.restart('postgres', 'SIGQUIT');
      await until('Postgres is back', async () => (await shop.inventoryDb.query('SELECT 1')).rowCount === 1, 60_000);
      const locker = await shop.inventoryDb.connect();
      const lockMs = lasting(60_000, 6_000);
      try {
        await locker.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
        await locker.query('BEGIN; LOCK TABLE ticket_classes IN ACCESS EXCLUSIVE MODE');
        await pause(lockMs);
        await locker.query('ROLLBACK');
      } finally {
        locker.release(true);
      }
      return `immediate restart, then ${lockMs / 1000} s of a foreign lock on the stock`;
    },
  },
  {
    number: 11,
    name: 'outbox-full',
    title: 'an outbox with many rows waiting, and a disk that is full',
    async run({ shop, lasting }) {
      const rows = lasting(1_000_000, 20_000);
      const thaw = freezeServer(shop, 'kafka');
      try {
        await shop.paymentDb.query(
          `INSERT INTO outbox (id, topic, key, type, value, shard)
           SELECT 'ballast:' || n, 'queue.position', n::text, 'queue.position', '{}', n % 16 FROM generate_series(1, $1::int) n
           ON CONFLICT DO NOTHING`,
          [rows],
        );
      } finally {
        thaw();
      }
      {
        await using disk = await smallDisk(shop);
        await disk.fill();
        await pause(lasting(30_000, 5_000));
        disk.free();
      }
      const started = performance.now();
      await until(
        'the outbox is published',
        async () => {
          const query = "SELECT 1 FROM outbox WHERE published_time IS NULL AND id LIKE 'ballast%' LIMIT 1";
          const found = await shop.paymentDb.query(query).catch(() => undefined);
          return found?.rowCount === 0;
        },
        600_000,
      );
      const seconds = (performance.now() - started) / 1000;
      await shop.paymentDb.query("DELETE FROM outbox WHERE id LIKE 'ballast%'");
      return `${rows} rows published in ${seconds.toFixed(0)} s after the disk of the payment database was full (53100)`;
    },
  },
  {
    number: 13,
    name: 'dynamodb-throttled',
    title: 'the orders table throttles a third of the writes and loses the answer of one in eight',
    async run({ dynamo, lasting }) {
      Object.assign(dynamo.chance, { throttle: 0.33, 'lost-answer': 0.12 });
      await pause(lasting(30_000, 8_000));
      Object.assign(dynamo.chance, { throttle: 0, 'lost-answer': 0 });
      if (dynamo.hits.throttle === 0 || dynamo.hits['lost-answer'] === 0) throw new Error('no write was hit');
      return `${dynamo.hits.throttle} writes throttled, ${dynamo.hits['lost-answer']} answers lost`;
    },
  },
  {
    number: 14,
    name: 'temporal-restart',
    title: 'Temporal killed and restarted; then another version of the worker takes over open orders',
    async run({ shop, lasting, say }) {
      await shop.backing.restart('temporal', 'SIGKILL', lasting(10_000, 2_000));
      await pause(3_000);
      const open = async () =>
        (await shop.inventoryDb.query("SELECT 1 FROM reservations WHERE state = 'HELD'")).rowCount ?? 0;
      await until('an order is open', async () => (await open()) > 0);
      const handed = await open();
      say('the next version takes over');
      await shop.programs['order-2'].start({ TB_VERSION: '2.0.0' });
      await shop.programs.order.stop('SIGTERM');
      await pause(lasting(10_000, 4_000));
      await shop.programs.order.start({ TB_VERSION: '2.0.0' });
      await shop.programs['order-2'].stop('SIGTERM');
      return `Temporal killed once; ${handed} open orders continued by a worker of version 2.0.0`;
    },
  },
];
