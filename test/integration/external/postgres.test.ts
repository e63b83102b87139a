import assert from 'node:assert/strict';
import pg from 'pg';
import { createDatabases, type PostgresAccess } from '#operator/external/postgres.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { bringTo, differences } from './converging.ts';

const desired = (service: string, password = `${service}-secret`) => ({
  database: `ticketbottle_${service}`,
  role: `tb_${service}`,
  password,
});

describe('databases on a real Postgres', () => {
  let backing: Backing<'postgres'>;
  let superuser: PostgresAccess;

  before(async function () {
    this.timeout(180_000);
    backing = await startBacking({ which: ['postgres'] });
    const { host, port, user, password } = backing.postgres;
    superuser = { host, port, user, password };
  });
  after(() => backing?.stop());

  async function sql(access: PostgresAccess, database: string, ...statements: string[]): Promise<pg.QueryResult[]> {
    const client = new pg.Client({ ...access, database } as pg.ClientConfig);
    await client.connect();
    try {
      const results: pg.QueryResult[] = [];
      for (const statement of statements) results.push(await client.query(statement));
      return results;
    } finally {
      await client.end();
    }
  }
  const as = (service: string, password = `${service}-secret`): PostgresAccess => ({
    ...superuser,
    user: `tb_${service}`,
    password,
  });

  it('makes a database per service that its role fully uses and no other role enters', async () => {
    const databases = createDatabases(superuser);
    const both = [desired('user'), desired('payment')];
    await bringTo(databases, both);
    assert.deepEqual(await differences(databases, both), []);

    await sql(
      as('user'),
      'ticketbottle_user',
      'CREATE TABLE t (a int)',
      'INSERT INTO t VALUES (1)',
      'CREATE SCHEMA more',
    );
    await assert.rejects(sql(as('payment'), 'ticketbottle_user', 'SELECT 1'), /permission denied for database/);
    await assert.rejects(sql(as('user'), 'postgres', 'CREATE TABLE t (a int)'), /permission denied/);
    await assert.rejects(sql(as('user'), 'ticketbottle_user', 'CREATE ROLE r'), /permission denied/);
  });

  it('sees and mends a door that was opened, a borrowed membership and a stranger', async () => {
    const databases = createDatabases(superuser);
    const one = [desired('event')];
    await bringTo(databases, one);
    await sql(
      superuser,
      'postgres',
      'CREATE ROLE stranger',
      'GRANT CONNECT ON DATABASE ticketbottle_event TO PUBLIC',
      'GRANT stranger TO tb_event',
      'GRANT ALL ON DATABASE ticketbottle_event TO stranger',
    );
    assert.deepEqual(await differences(databases, one), [
      'role tb_event: is a member of stranger',
      'database ticketbottle_event: every role may connect',
      'database ticketbottle_event: stranger has rights on it',
    ]);
    await bringTo(databases, one);
    assert.deepEqual(await differences(databases, one), []);
  });

  it('takes powers and limits from a role, and gives it back what it owns', async () => {
    const databases = createDatabases(superuser);
    const one = [desired('order')];
    await bringTo(databases, one);
    await sql(
      superuser,
      'postgres',
      'ALTER ROLE tb_order CREATEDB BYPASSRLS CONNECTION LIMIT 0',
      'REVOKE CONNECT, CREATE ON DATABASE ticketbottle_order FROM tb_order',
    );
    await sql(superuser, 'ticketbottle_order', 'ALTER SCHEMA public OWNER TO postgres');
    assert.deepEqual(await differences(databases, one), [
      'role tb_order: has CREATEDB, BYPASSRLS',
      'role tb_order: may have only 0 connections',
      'database ticketbottle_order: tb_order has no right to CONNECT, CREATE',
    ]);
    const done = await bringTo(databases, one);
    // Only who can log in sees the schema.
    assert.equal(done.at(-1)?.reason, 'tb_order may not use its schema public');
    assert.deepEqual(await differences(databases, one), []);
    await sql(as('order'), 'ticketbottle_order', 'CREATE TABLE t (a int)');
    await sql(superuser, 'postgres', `ALTER ROLE tb_order VALID UNTIL '2020-01-01'`);
    assert.match((await differences(databases, one)).join(), /has a password that has run out/);
    await bringTo(databases, one);
    await sql(as('order'), 'ticketbottle_order', 'SELECT * FROM t');
  });

  it('changes the password when the wanted one is new, or when somebody else changed it', async () => {
    const databases = createDatabases(superuser);
    await bringTo(databases, [desired('inventory')]);
    await sql(superuser, 'postgres', `ALTER ROLE tb_inventory PASSWORD 'other'`);
    assert.deepEqual(await differences(databases, [desired('inventory')]), ['role tb_inventory: has another password']);
    await bringTo(databases, [desired('inventory', 'rotated')]);
    await sql(as('inventory', 'rotated'), 'ticketbottle_inventory', 'SELECT 1');
    await assert.rejects(sql(as('inventory'), 'ticketbottle_inventory', 'SELECT 1'), /password authentication failed/);
  });

  it('takes over a database that belongs to somebody else', async () => {
    const databases = createDatabases(superuser);
    await sql(superuser, 'postgres', 'CREATE DATABASE ticketbottle_old');
    assert.deepEqual(
      (await bringTo(databases, [desired('old')])).map(({ reason }) => reason),
      ['does not exist', `belongs to ${superuser.user}`, 'every role may connect'],
    );
    await sql(as('old'), 'ticketbottle_old', 'CREATE TABLE t (a int)');
  });

  it('works as an admin that is no superuser, as managed servers give', async () => {
    await sql(superuser, 'postgres', `CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'admin'`);
    const databases = createDatabases({ ...superuser, user: 'admin', password: 'admin' });
    const one = [desired('managed')];
    await bringTo(databases, one);
    assert.deepEqual(await differences(databases, one), []);
    await sql(as('managed'), 'ticketbottle_managed', 'CREATE TABLE t (a int)');
    await databases.remove(one, AbortSignal.timeout(20_000));
    assert.equal((await differences(databases, one)).length, 3);
  });

  it('removes database and role even while somebody is connected, twice too', async () => {
    const databases = createDatabases(superuser);
    await bringTo(databases, [desired('goes')]);
    const client = new pg.Client({ ...as('goes'), database: 'ticketbottle_goes' } as pg.ClientConfig);
    client.on('error', () => {});
    await client.connect();
    await databases.remove([desired('goes')], AbortSignal.timeout(20_000));
    await databases.remove([desired('goes')], AbortSignal.timeout(20_000));
    await client.end().catch(() => {});
    const left = await sql(superuser, 'postgres', `SELECT FROM pg_roles WHERE rolname = 'tb_goes'`);
    assert.equal(left[0]?.rowCount, 0);
  });

  it('throws when the admin itself is refused', async () => {
    const databases = createDatabases({ ...superuser, password: 'wrong' });
    await assert.rejects(
      databases.observe([desired('user')], AbortSignal.timeout(10_000)),
      /password authentication failed/,
    );
  });
});
