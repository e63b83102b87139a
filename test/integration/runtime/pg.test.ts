import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool, ping, warm, withTransaction } from '#runtime/pg.ts';
import { classifyPgError, pgServiceError } from '#runtime/pg-errors.ts';

describe('Postgres', function () {
  this.timeout(120_000);
  let backing: Backing<'postgres'>;
  let pool: Pool;
  const log = silentLogger();
  const newPool = (max: number, more = {}) =>
    createPool({ connectionString: backing.postgres.url, max, applicationName: 'probe', log, ...more });

  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    pool = newPool(4);
    await pool.query('CREATE TABLE account (id int PRIMARY KEY, balance int8 NOT NULL CHECK (balance >= 0))');
    await pool.query('INSERT INTO account VALUES (1, 100), (2, 100)');
  });
  after(async () => {
    await pool?.end();
    await backing?.stop();
  });

  it('reads int8 exactly, counts as numbers when the query says so', async () => {
    const { rows } = await pool.query(
      `SELECT 9007199254740993::int8 AS money, count(*)::int AS n, 1.10::numeric AS rate FROM account`,
    );
    assert.deepEqual(rows, [{ money: 9007199254740993n, n: 2, rate: '1.10' }]);
  });

  it('commits a result, and nothing at all when the work throws', async () => {
    const result = await withTransaction(pool, async (client) => {
      await client.query('UPDATE account SET balance = balance - 10 WHERE id = 1');
      return 'moved';
    });
    assert.equal(result, 'moved');
    const failing = withTransaction(pool, async (client) => {
      await client.query('UPDATE account SET balance = balance - 10 WHERE id = 1');
      await client.query('UPDATE account SET balance = balance - 1000 WHERE id = 2');
    });
    await assert.rejects(failing, (error) => classifyPgError(error)?.failure === 'check_violation');
    const { rows } = await pool.query('SELECT balance FROM account WHERE id = 1');
    assert.deepEqual(rows, [{ balance: 90n }]);
    assert.equal(pool.totalCount - pool.idleCount, 0);
  });

  it('runs a transaction that lost a race again only when told to', async () => {
    await pool.query('UPDATE account SET balance = 100');
    const addOne = (maxAttempts: number) =>
      withTransaction(
        pool,
        async (client) => {
          const { rows } = await client.query<{ balance: bigint }>('SELECT balance FROM account WHERE id = 2');
          await new Promise((resolve) => setTimeout(resolve, 20));
          await client.query('UPDATE account SET balance = $1 WHERE id = 2', [(rows[0]?.balance ?? 0n) + 1n]);
        },
        { isolation: 'SERIALIZABLE', maxAttempts },
      );
    const once = await Promise.allSettled([addOne(1), addOne(1), addOne(1)]);
    const lost = once.filter((result) => result.status === 'rejected');
    assert.ok(lost.length >= 1);
    for (const { reason } of lost) assert.equal(pgServiceError(reason)?.code, 'ABORTED');
    await pool.query('UPDATE account SET balance = 100');
    await Promise.all([addOne(20), addOne(20), addOne(20)]);
    const { rows } = await pool.query('SELECT balance FROM account WHERE id = 2');
    assert.deepEqual(rows, [{ balance: 103n }]);
  });

  it('ends a statement that takes too long and calls it a deadline', async () => {
    const impatient = newPool(1, { statementTimeoutMs: 100 });
    await assert.rejects(
      impatient.query('SELECT pg_sleep(5)'),
      (error) => pgServiceError(error)?.reason === 'DATABASE_SLOW',
    );
    await impatient.end();
  });

  it('waits for a lock only so long', async () => {
    const impatient = newPool(1, { lockTimeoutMs: 100 });
    await withTransaction(pool, async (client) => {
      await client.query('SELECT * FROM account WHERE id = 1 FOR UPDATE');
      const waiting = impatient.query('UPDATE account SET balance = 0 WHERE id = 1');
      await assert.rejects(waiting, (error) => pgServiceError(error)?.reason === 'CONTENDED');
    });
    await impatient.end();
  });

  it('opens every connection when warmed, and shows them as metrics', async () => {
    const metrics = createMetrics('probe');
    const cold = newPool(6, { metrics });
    assert.equal(await warm(cold, log), 6);
    assert.equal(cold.totalCount, 6);
    assert.equal(cold.idleCount, 6);
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'probe'`,
    );
    assert.ok(rows[0].n >= 6);
    assert.match(await metrics.metrics(), /pg_pool_connections\{[^}]*state="idle"[^}]*\} 6/);
    await cold.end();
  });

  it('starts with fewer connections than it may have when the server gives no more, and with none when there is no server', async () => {
    await pool.query(`CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 2`);
    const url = new URL(backing.postgres.url);
    url.username = url.password = 'few';
    const few = createPool({ connectionString: url.href, max: 5, applicationName: 'few', log });
    assert.equal(await warm(few, log), 2);
    await few.query('SELECT 1');
    await few.end();
    const nowhere = createPool({ connectionString: 'postgres://a:b@127.0.0.1:1/x', max: 2, applicationName: 'x', log });
    assert.equal(await warm(nowhere, log), 0);
    await assert.rejects(ping(nowhere));
    await nowhere.end();
  });

  it('survives the server closing its connections, and calls it unavailable meanwhile', async () => {
    const victim = newPool(2);
    await warm(victim, log);
    const inside = withTransaction(victim, async (client) => {
      await client.query('SELECT 1');
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'probe' AND pid <> pg_backend_pid()`,
      );
      await client.query('SELECT 1');
    });
    await assert.rejects(inside, (error) => pgServiceError(error)?.code === 'UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual((await victim.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    await victim.end();
  });

  it('says unavailable when nobody listens', async () => {
    const nowhere = createPool({ connectionString: 'postgres://a:b@127.0.0.1:1/x', max: 1, applicationName: 'x', log });
    await assert.rejects(
      nowhere.query('SELECT 1'),
      (error) => pgServiceError(error)?.reason === 'DATABASE_UNAVAILABLE',
    );
    await nowhere.end();
  });

  describe('migrations', () => {
    const dir = mkdtempSync(join(tmpdir(), 'migrations-'));
    after(() => rmSync(dir, { recursive: true }));
    const file = (name: string, up: string, down = '') =>
      writeFileSync(join(dir, name), `-- Up Migration\n${up}\n-- Down Migration\n${down}\n`);
    const run = (direction: 'up' | 'down' = 'up') =>
      migrate({ connectionString: backing.postgres.url, dir, log, direction });

    it('applies what is new, in order, once, even when two programs start together', async () => {
      file('001_seats.sql', 'CREATE TABLE seat (id int PRIMARY KEY);', 'DROP TABLE seat;');
      file('002_rows.sql', 'ALTER TABLE seat ADD COLUMN row_name text;', 'ALTER TABLE seat DROP COLUMN row_name;');
      writeFileSync(join(dir, 'README.md'), 'not a migration');
      const both = await Promise.all([run(), run()]);
      assert.deepEqual(both.flat(), ['001_seats', '002_rows']);
      assert.deepEqual(await run(), []);
    });

    it('leaves nothing behind when one fails', async () => {
      file('003_gates.sql', 'CREATE TABLE gate (id int);');
      file('004_broken.sql', 'CREATE TABLE oops (');
      await assert.rejects(run());
      rmSync(join(dir, '004_broken.sql'));
      const { rows } = await pool.query(`SELECT to_regclass('gate') AS gate`);
      assert.deepEqual(rows, [{ gate: null }]);
      assert.deepEqual(await run(), ['003_gates']);
    });

    it('refuses a file that sorts before one that has run', async () => {
      file('002_between.sql', 'SELECT 1;');
      await assert.rejects(run(), /002_between is preceding already run migration/);
      rmSync(join(dir, '002_between.sql'));
    });

    it('undoes the last one', async () => {
      file('003_gates.sql', 'CREATE TABLE gate (id int);', 'DROP TABLE gate;');
      assert.deepEqual(await run('down'), ['003_gates']);
    });
  });
});
