import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { Shop, ShopProgram } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { Backups } from './backups.ts';
import { type Fault, pause, until } from './fault.ts';
import { Load } from './load.ts';
import { openRoom } from './room.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const WAITING = 20;
const SERVICES: readonly ShopProgram[] = ['inventory', 'payment', 'event', 'waitroom', 'order'];

/** All stores lost, and put back from what is kept of them. */
export const restore: readonly Fault[] = [
  {
    number: 26,
    name: 'restore',
    title: 'Postgres, Redis, Kafka and the orders table lost, put back to the moment before a wrong statement, sold on',
    async run({ shop, load, books, eventId, classId, lasting, say }) {
      const backups = await Backups.open(shop, ROOT);
      await backups.takeBase();
      say('the base backup is taken, WAL and events are archived');
      const line = await waitingLine(shop);
      await pause(lasting(30_000, 6_000));
      const buyers = await load.stop();
      await until('all is quiet', async () => (await books.unsettled(eventId)) === '', 150_000);
      await backups.takeRest();
      const before = await books.read(eventId, buyers);
      const moment = await backups.moment();
      say(`${before.orders.length} orders, ${line.places.size} people waiting; then wrong statements`);
      await shop.inventoryDb.query('TRUNCATE reservations, reservation_lines');
      await shop.paymentDb.query('TRUNCATE payments CASCADE');
      await backups.walArchived();

      say('everything is lost');
      await Promise.all(SERVICES.map((name) => shop.programs[name].stop('SIGKILL')));
      const lostAt = performance.now();
      await backups.loseAndPutBack(moment, say);
      await Promise.all(SERVICES.map((name) => shop.programs[name].start()));
      const seconds = ((performance.now() - lostAt) / 1000).toFixed(0);

      const after = await books.read(eventId, buyers);
      for (const name of ['stock', 'orders', 'payments', 'reservations', 'outbox', 'provider'] as const)
        assert.deepEqual(rowsOf(after[name]), rowsOf(before[name]), `${name} after the restore are not those before`);
      for (const [userId, number] of line.places)
        assert.equal(await line.numberOf(userId), number, `who waited with number ${number} has another one`);
      say(`the same books after ${seconds} s; people buy again`);
      const more = new Load({ shop, eventId, classId, perSecond: 2 });
      await pause(lasting(20_000, 6_000));
      for (const outcome of await more.stop()) load.note(outcome);
      const { orders, outbox } = before;
      return `${orders.length} orders, ${outbox.length} messages, ${line.places.size} places in the queue as before after ${seconds} s; ${more.came} buyers more`;
    },
  },
];

/** People in a queue, each with the number it was told. */
async function waitingLine({ backing, waitroom }: Shop) {
  const eventId = randomUUID();
  const redis = createRedis({
    address: backing.redis.address,
    log: silentLogger(),
    connectionName: 'faults',
    commandTimeoutMs: 20_000,
  });
  // Before the doors open, so that nobody's turn comes and goes meanwhile.
  await openRoom(redis, eventId, { opensInMs: 1_800_000 });
  redis.disconnect();
  const numberOf = async (userId: string) => (await waitroom.join({ eventId, userId }, { deadlineMs: 10_000 })).number;
  const places = new Map<string, string>();
  for (const userId of Array.from({ length: WAITING }, () => randomUUID())) places.set(userId, await numberOf(userId));
  return { places, numberOf };
}

/** The order of rows means nothing. */
function rowsOf(rows: object): string[] {
  return (Array.isArray(rows) ? rows : [rows]).map((row) => JSON.stringify(row)).toSorted();
}
