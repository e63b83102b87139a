import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemClock } from '#runtime/clock.ts';
import { Combiner } from '#runtime/combiner.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import type { ReserveAnswer, ReserveCommand, SettleAction } from '#services/inventory/domain/reservation.ts';
import { pruneSnapshots, sweepHolds, takeSnapshots } from '#services/inventory/sql/housekeeping.ts';
import { readLedger } from '#services/inventory/sql/ledger.ts';
import { reserveBatch } from '#services/inventory/sql/reserve-batch.ts';
import { reserveInteractive } from '#services/inventory/sql/reserve-interactive.ts';
import { settleBatch } from '#services/inventory/sql/settle-batch.ts';
import { upsertTicketClasses } from '#services/inventory/sql/ticket-classes.ts';

const log = silentLogger();
const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'services', 'inventory', 'migrations');

describe('stock on a real Postgres', function () {
  this.timeout(60_000);
  let backing: Backing<'postgres'>;
  let url: string;
  let pool: Pool;
  let databases = 0;

  const freshDatabase = async (size = 40) => {
    const name = `inventory_${databases++}`;
    const admin = createPool({ connectionString: url, max: 1, applicationName: 'test', log });
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    const connectionString = url.replace(/\/postgres$/, `/${name}`);
    await migrate({ connectionString, dir: MIGRATIONS, log });
    return createPool({
      connectionString,
      max: size,
      applicationName: 'test',
      log,
      lockTimeoutMs: 20_000,
      statementTimeoutMs: 30_000,
    });
  };
  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    url = backing.postgres.url;
    pool = await freshDatabase();
  });
  after(async () => {
    await pool?.end();
    await backing?.stop();
  });

  const aClass = async (
    total: number,
    options: { maxPerAccount?: number; rehearsal?: boolean; eventId?: string; db?: Pool } = {},
  ) => {
    const eventId = options.eventId ?? randomUUID();
    const id = randomUUID();
    await upsertTicketClasses(options.db ?? pool, eventId, [
      {
        id,
        name: `class ${id}`,
        price: { amountMinor: 100n, currency: 'VND' },
        total,
        maxPerOrder: 4,
        maxPerAccount: options.maxPerAccount ?? 0,
        rehearsal: options.rehearsal ?? false,
      },
    ]);
    return { eventId, id };
  };
  const ask = (
    eventId: string,
    lines: Record<string, number>,
    change: Partial<ReserveCommand> = {},
  ): ReserveCommand => ({
    orderId: randomUUID(),
    eventId,
    userId: randomUUID(),
    rehearsal: false,
    expireTime: new Date(Date.now() + 60_000).toISOString(),
    lines,
    ...change,
  });
  const reserve = async (command: ReserveCommand, db = pool) =>
    (await reserveBatch(db, [command])).answers[0] as ReserveAnswer;
  const interactively = async (command: ReserveCommand) =>
    (await reserveInteractive(pool, command, () => performance.now())).answers[0] as ReserveAnswer;
  const settle = async (orderId: string, action: SettleAction) =>
    (await settleBatch(pool, [{ orderId, action }]))[0]?.after;
  const book = async (eventId: string, db = pool) => {
    const [line] = await readLedger(db, eventId);
    assert.ok(line);
    assert.deepEqual([line.reservedCounter, line.soldCounter], [line.reservedLedger, line.soldLedger]);
    return line;
  };
  const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const classOf = (id: string, total: number) => ({
    ...{ id, name: `class ${id}`, total, maxPerOrder: 4, maxPerAccount: 0, rehearsal: false },
    price: { amountMinor: 100n, currency: 'VND' },
  });
  const in300ms = () => new Date(Date.now() + 300).toISOString();

  describe('200 buyers at once for 50 tickets', () => {
    const granted = (answers: readonly ReserveAnswer[]) =>
      answers.filter(({ verdict }) => verdict === 'RESERVED').length;
    const storm = (eventId: string, id: string) => Array.from({ length: 200 }, () => ask(eventId, { [id]: 1 }));

    it('combined, by four replicas: exactly 50 are granted', async () => {
      const { eventId, id } = await aClass(50);
      const replicas = Array.from(
        { length: 4 },
        () =>
          new Combiner<ReserveCommand, ReserveAnswer>({
            write: async (batch) => (await reserveBatch(pool, batch)).answers,
            laneOf: ({ lines }) => Object.keys(lines).join(),
            keyOf: ({ orderId }) => orderId,
            isFaultOfOne: () => false,
            gatherMs: 3,
            maxBatch: 16,
            maxWaiting: 1000,
            clock: systemClock,
          }),
      );
      const answers = await Promise.all(
        storm(eventId, id).map((command, index) => (replicas[index % 4] as (typeof replicas)[0]).submit(command)),
      );
      assert.equal(granted(answers), 50);
      assert.equal((await book(eventId)).reservedCounter, 50);
    });

    it('per request, with SELECT FOR UPDATE: exactly 50 are granted', async () => {
      const { eventId, id } = await aClass(50);
      const answers = await Promise.all(storm(eventId, id).map((command) => interactively(command)));
      assert.equal(granted(answers), 50);
      assert.equal((await book(eventId)).reservedCounter, 50);
    });

    it('negative control: without lock and constraint the same storm oversells, and the ledger says so', async () => {
      const db = await freshDatabase();
      try {
        await withoutLock(db);
        await db.query('ALTER TABLE ticket_classes DROP CONSTRAINT never_oversold');
        const { eventId, id } = await aClass(50, { db });
        const answers = await Promise.all(storm(eventId, id).map((command) => reserve(command, db)));
        assert.ok(granted(answers) > 50, `${granted(answers)} granted: the guard was not what held`);
        const [line] = await readLedger(db, eventId);
        assert.ok((line?.oversold ?? 0) > 0);
      } finally {
        await db.end();
      }
    });

    it('with the lock gone the constraint alone still holds', async () => {
      const db = await freshDatabase();
      try {
        await withoutLock(db);
        const { eventId, id } = await aClass(50, { db });
        const results = await Promise.allSettled(storm(eventId, id).map((command) => reserve(command, db)));
        assert.ok(results.some(({ status }) => status === 'rejected'));
        const line = await book(eventId, db);
        assert.ok(line.reservedCounter <= 50 && line.oversold === 0);
      } finally {
        await db.end();
      }
    });

    it('negative control: without the lock an account buys more than it may', async () => {
      const db = await freshDatabase();
      try {
        await withoutLock(db);
        await db.query('ALTER TABLE ticket_classes DROP CONSTRAINT never_oversold');
        const { eventId, id } = await aClass(1000, { db, maxPerAccount: 5 });
        const answers = await Promise.all(
          Array.from({ length: 40 }, () => reserve(ask(eventId, { [id]: 1 }, { userId: 'one' }), db)),
        );
        assert.ok(granted(answers) > 5, `${granted(answers)} granted: the lock was not what held`);
      } finally {
        await db.end();
      }
    });

    it('negative control: without the key of reservations a retry holds stock again', async () => {
      const db = await freshDatabase();
      try {
        await db.query('ALTER TABLE reservations DROP CONSTRAINT reservations_pkey CASCADE');
        await db.query('ALTER TABLE reservation_lines DROP CONSTRAINT reservation_lines_pkey');
        await change(db, (source) =>
          source
            .replace('FROM reservations r WHERE r.order_id = ANY (p_orders);', 'FROM reservations r WHERE false;')
            .replace(/ON CONFLICT \(order_id\) DO UPDATE[^;]*?WHERE r\.state = 'EXPIRED'/, ''),
        );
        const { eventId, id } = await aClass(50, { db });
        const command = ask(eventId, { [id]: 1 });
        for (let i = 0; i < 3; i++) await reserve(command, db);
        const { rows } = await db.query<{ reserved: number }>('SELECT reserved FROM ticket_classes WHERE id = $1', [
          id,
        ]);
        assert.ok((rows[0]?.reserved ?? 0) > 1, 'the key was not what made the retry harmless');
      } finally {
        await db.end();
      }
    });

    /** Takes the row lock out of the shipped function, and widens the window between reading and writing. */
    async function withoutLock(db: Pool): Promise<void> {
      await change(db, (source) =>
        source
          .replace('ORDER BY id FOR UPDATE;', 'ORDER BY id;')
          .replace('FOR i IN', 'PERFORM pg_sleep(0.02);\n  FOR i IN'),
      );
    }

    async function change(db: Pool, edit: (source: string) => string): Promise<void> {
      const { rows } = await db.query<{ source: string }>(
        "SELECT pg_get_functiondef('inventory_reserve'::regproc) AS source",
      );
      const source = rows[0]?.source ?? '';
      assert.notEqual(edit(source), source);
      await db.query(edit(source));
    }
  });

  it('orders over several classes in any order never deadlock, and hold all or nothing', async () => {
    const { eventId, id: a } = await aClass(30);
    const { id: b } = await aClass(60, { eventId });
    const both = Array.from({ length: 60 }, (_, index) =>
      ask(eventId, index % 2 ? { [a]: 1, [b]: 1 } : { [b]: 1, [a]: 1 }),
    );
    const onlyB = Array.from({ length: 40 }, () => ask(eventId, { [b]: 1 }));
    const answers = await Promise.all([...both, ...onlyB].map((command) => reserve(command)));
    const held = answers.slice(0, 60).filter(({ verdict }) => verdict === 'RESERVED').length;
    const lines = await readLedger(pool, eventId);
    assert.ok(lines.every((line) => line.reservedCounter === line.reservedLedger && line.oversold === 0));
    assert.equal(lines.find(({ ticketClassId }) => ticketClassId === a)?.reservedCounter, held);
    assert.equal(held, 30);
  });

  it('both modes say and hold the same, whatever is asked in whatever order', async () => {
    const anAsk = fc.record({
      /** Few orders and accounts, so that some come again. */
      order: fc.nat(9),
      user: fc.nat(2),
      lines: fc.uniqueArray(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 5 })), {
        ...{ minLength: 1, maxLength: 3 },
        selector: ([which]) => which,
      }),
      rehearsal: fc.boolean(),
      late: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      after: fc.constantFrom<SettleAction | undefined>(undefined, undefined, undefined, 'confirm', 'release', 'return'),
    });
    const sale = async () => {
      const { eventId, id: few } = await aClass(6);
      const { id: limited } = await aClass(50, { eventId, maxPerAccount: 5 });
      const { id: hidden } = await aClass(50, { eventId, rehearsal: true });
      const { id: foreign } = await aClass(50);
      return {
        eventId,
        classes: [few, limited, hidden, foreign] as string[],
        orders: Array.from({ length: 10 }, (): string => randomUUID()),
      };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(anAsk, { minLength: 5, maxLength: 25 }), async (asks) => {
        const play = async (reserveOne: (command: ReserveCommand) => Promise<ReserveAnswer>) => {
          const { eventId, classes, orders } = await sale();
          const said: unknown[] = [];
          for (const { order, user, lines, rehearsal, late, after } of asks) {
            const wanted = Object.fromEntries(lines.map(([which, quantity]) => [classes[which] as string, quantity]));
            const orderId = orders[order] as string;
            const expireTime = new Date(Date.now() + (late ? -1_000 : 60_000)).toISOString();
            const answer = await reserveOne(
              ask(eventId, wanted, { orderId, userId: `buyer-${user}`, rehearsal, expireTime }),
            );
            const held = answer.lines.map(({ id, quantity }) => [classes.indexOf(id), quantity]).toSorted();
            said.push([answer.verdict, classes.indexOf(answer.subject), held]);
            if (after !== undefined) said.push(await settle(orderId, after));
          }
          const books = await readLedger(pool, eventId);
          const lines = books.map((line) => [
            classes.indexOf(line.ticketClassId),
            ...[line.reservedCounter, line.reservedLedger, line.soldCounter, line.soldLedger],
          ]);
          return { said, books: lines.toSorted() };
        };
        assert.deepEqual(await play(interactively), await play(reserve));
      }),
      { numRuns: 20 },
    );
  });

  it('a retried reserve returns the first verdict and holds once', async () => {
    const { eventId, id } = await aClass(5);
    const command = ask(eventId, { [id]: 2 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => reserve(command)));
    // Two calls in the very same moment may answer "ask again"; nobody is told anything else.
    assert.ok(answers.every(({ verdict }) => verdict === 'RESERVED' || verdict === 'BUSY'));
    assert.equal((await reserve(command)).verdict, 'RESERVED');
    assert.equal((await book(eventId)).reservedCounter, 2);
    assert.equal((await reserve({ ...command, lines: { [id]: 3 } })).verdict, 'KEY_REUSED');
  });

  it('a refused big order does not keep a small one behind it from the last ticket', async () => {
    const { eventId, id } = await aClass(1);
    const { answers } = await reserveBatch(pool, [
      ask(eventId, { [id]: 2 }),
      ask(eventId, { [id]: 1 }),
      ask(eventId, { [id]: 1 }),
    ]);
    assert.deepEqual(
      answers.map(({ verdict }) => verdict),
      ['SOLD_OUT', 'RESERVED', 'SOLD_OUT'],
    );
  });

  it('limits per order and per account hold within a batch and across batches', async () => {
    const { eventId, id } = await aClass(100, { maxPerAccount: 5 });
    const userId = randomUUID();
    const mine = (quantity: number) => ask(eventId, { [id]: quantity }, { userId });
    const { answers } = await reserveBatch(pool, [mine(4), mine(2), mine(1)]);
    assert.deepEqual(
      answers.map(({ verdict }) => verdict),
      ['RESERVED', 'LIMIT_EXCEEDED', 'RESERVED'],
    );
    assert.equal((await reserve(mine(1))).verdict, 'LIMIT_EXCEEDED');
    assert.equal((await reserve(ask(eventId, { [id]: 5 }))).verdict, 'LIMIT_EXCEEDED');
    const storm = await Promise.all(
      Array.from({ length: 30 }, () => reserve(ask(eventId, { [id]: 1 }, { userId: 'storm' }))),
    );
    assert.equal(storm.filter(({ verdict }) => verdict === 'RESERVED').length, 5);
  });

  it("rehearsals and sales never touch each other's classes", async () => {
    const real = await aClass(5);
    const hidden = await aClass(5, { eventId: real.eventId, rehearsal: true });
    assert.equal((await reserve(ask(real.eventId, { [real.id]: 1 }, { rehearsal: true }))).verdict, 'UNKNOWN_CLASS');
    assert.equal((await reserve(ask(real.eventId, { [hidden.id]: 1 }))).verdict, 'UNKNOWN_CLASS');
    assert.equal((await reserve(ask(randomUUID(), { [real.id]: 1 }))).verdict, 'UNKNOWN_CLASS');
    assert.equal((await reserve(ask(real.eventId, { [hidden.id]: 1 }, { rehearsal: true }))).verdict, 'RESERVED');
  });

  it('an ended hold is free for the next buyer without any sweep, over several classes too', async () => {
    const { eventId, id: a } = await aClass(1);
    const { id: b } = await aClass(1, { eventId });
    assert.equal((await reserve(ask(eventId, { [a]: 1, [b]: 1 }, { expireTime: in300ms() }))).verdict, 'RESERVED');
    assert.equal((await reserve(ask(eventId, { [a]: 1 }))).verdict, 'SOLD_OUT');
    await soon(350);
    assert.equal((await reserve(ask(eventId, { [a]: 1 }))).verdict, 'RESERVED');
    assert.equal((await reserve(ask(eventId, { [b]: 1 }))).verdict, 'RESERVED');
    assert.ok(
      (await readLedger(pool, eventId)).every((line) => line.reservedCounter === 1 && line.reservedLedger === 1),
    );
  });

  it('confirm after the end says so; the same order may take stock anew, a released one never', async () => {
    const { eventId, id } = await aClass(1);
    const command = ask(eventId, { [id]: 1 }, { expireTime: in300ms() });
    await reserve(command);
    await soon(350);
    assert.equal(await settle(command.orderId, 'confirm'), 'EXPIRED');
    assert.equal((await book(eventId)).reservedCounter, 0);
    assert.equal((await reserve(command)).verdict, 'HOLD_EXPIRED');
    const anew = { ...command, expireTime: new Date(Date.now() + 60_000).toISOString() };
    assert.equal((await reserve(anew)).verdict, 'RESERVED');
    assert.equal(await settle(command.orderId, 'confirm'), 'CONFIRMED');
    assert.equal(await settle(command.orderId, 'confirm'), 'CONFIRMED');
    assert.equal((await book(eventId)).soldCounter, 1);
    assert.equal(await settle(command.orderId, 'release'), 'CONFIRMED');
    assert.equal(await settle(command.orderId, 'return'), 'RETURNED');
    assert.equal(await settle(command.orderId, 'return'), 'RETURNED');
    assert.equal((await book(eventId)).soldCounter, 0);
    assert.equal((await reserve(anew)).verdict, 'RETURNED');
  });

  it('a release that overtakes its reserve leaves nothing held', async () => {
    const { eventId, id } = await aClass(1);
    const command = ask(eventId, { [id]: 1 });
    assert.equal(await settle(command.orderId, 'release'), 'RELEASED');
    assert.equal((await reserve(command)).verdict, 'RELEASED');
    assert.equal((await book(eventId)).reservedCounter, 0);
  });

  it('confirm, release and expiry racing over the same holds keep the books balanced', async () => {
    const { eventId, id } = await aClass(200);
    const commands = Array.from({ length: 100 }, () => ask(eventId, { [id]: 1 }, { expireTime: in300ms() }));
    await reserveBatch(pool, commands);
    await soon(280);
    await Promise.all([
      ...commands.map(({ orderId }, index) => settle(orderId, index % 2 ? 'confirm' : 'release')),
      ...commands.map(({ orderId }) => settle(orderId, 'confirm')),
      ...Array.from({ length: 10 }, () => sweepHolds(pool, 100)),
      ...Array.from({ length: 20 }, () => reserve(ask(eventId, { [id]: 1 }))),
    ]);
    await soon(100);
    await sweepHolds(pool, 1000);
    const line = await book(eventId);
    assert.equal(line.reservedCounter, 20);
  });

  it('the sweep frees holds of classes nobody asks for, whichever replica does it', async () => {
    const { eventId, id } = await aClass(10);
    await reserveBatch(
      pool,
      Array.from({ length: 10 }, () => ask(eventId, { [id]: 1 }, { expireTime: in300ms() })),
    );
    await soon(350);
    await Promise.all(Array.from({ length: 5 }, () => sweepHolds(pool, 100)));
    assert.equal((await book(eventId)).reservedCounter, 0);
  });

  it('the curve of a sale has one point per interval whoever asks, and none without a change', async () => {
    const { eventId, id } = await aClass(10);
    const hidden = await aClass(10, { eventId, rehearsal: true });
    const curve = async (classId: string) =>
      (
        await pool.query<{ point: number[] }>(
          `SELECT ARRAY[total, reserved, sold] AS point FROM inventory_snapshots
           WHERE ticket_class_id = $1 ORDER BY snapshot_time`,
          [classId],
        )
      ).rows.map(({ point }) => point);
    const longMs = 365 * 86_400_000;
    await Promise.all(Array.from({ length: 4 }, () => takeSnapshots(pool, longMs)));
    assert.deepEqual(await curve(id), [[10, 0, 0]]);
    const command = ask(eventId, { [id]: 3 });
    await reserve(command);
    await takeSnapshots(pool, longMs);
    assert.equal((await curve(id)).length, 1);
    await takeSnapshots(pool, 1);
    await takeSnapshots(pool, 1);
    await settle(command.orderId, 'confirm');
    await takeSnapshots(pool, 1);
    assert.deepEqual(await curve(id), [
      [10, 0, 0],
      [10, 3, 0],
      [10, 0, 3],
    ]);
    assert.deepEqual(await curve(hidden.id), []);
  });

  it('old points of a curve are taken away in batches, by many at once, and the latest of a class never', async () => {
    const keepMs = 90 * 86_400_000;
    // What other tests left.
    await pruneSnapshots(pool, keepMs, 10_000);
    const [{ id }, still] = [await aClass(10), await aClass(10)];
    const add = (classId: string, days: readonly number[]) =>
      pool.query(
        `INSERT INTO inventory_snapshots SELECT $1, now() - d * interval '1 day', 10, d, 0 FROM unnest($2::int[]) d`,
        [classId, days],
      );
    await add(id, [1, 2, 91, 92, 93, 94, 95]);
    await add(still.id, [200, 300]);
    const left = async (classId: string) =>
      (
        await pool.query<{ reserved: number }>(
          'SELECT reserved FROM inventory_snapshots WHERE ticket_class_id = $1 ORDER BY snapshot_time DESC',
          [classId],
        )
      ).rows.map(({ reserved }) => reserved);
    assert.equal(await pruneSnapshots(pool, keepMs, 2), 2);
    await Promise.all(Array.from({ length: 4 }, () => pruneSnapshots(pool, keepMs, 2)));
    assert.equal(await pruneSnapshots(pool, keepMs, 100), 0);
    assert.deepEqual([await left(id), await left(still.id)], [[1, 2], [200]]);
  });

  it('a total below what is sold or held is refused, and nothing changes', async () => {
    const { eventId, id } = await aClass(10);
    await reserve(ask(eventId, { [id]: 4 }));
    const change = (total: number) => upsertTicketClasses(pool, eventId, [classOf(id, total)]);
    await assert.rejects(change(3), /never_oversold/);
    await change(4);
    assert.equal((await book(eventId)).total, 4);
  });

  it("with another event's class in the list nothing changes, of no class", async () => {
    const { eventId, id } = await aClass(10);
    const foreign = await aClass(10);
    assert.deepEqual(await upsertTicketClasses(pool, eventId, [classOf(id, 20), classOf(foreign.id, 20)]), []);
    assert.deepEqual([(await book(eventId)).total, (await book(foreign.eventId)).total], [10, 10]);
  });

  it('tells of each hold once in the outbox', async () => {
    const { eventId, id } = await aClass(3);
    const command = ask(eventId, { [id]: 1 });
    await reserve(command);
    await reserve(command);
    const { rows } = await pool.query<{ value: string }>('SELECT value FROM outbox WHERE key = $1', [command.orderId]);
    assert.equal(rows.length, 1);
    assert.equal(JSON.parse(rows[0]?.value ?? '{}').data.lines[0].ticketClassId, id);
  });
});
