import type { Pool } from '#runtime/pg.ts';
import { until } from './fault.ts';

/**
 * Makes transactions of a table sleep at one point, so that a process can be killed exactly there. `in-transaction`: after
 * the statement, before COMMIT. `in-commit`: COMMIT was sent and will be done, and nobody has been told. Nothing of this is
 * in the services: a trigger that sleeps is put on the table and taken away again.
 */
export async function pausePoint(
  db: Pool,
  table: string,
  event: 'INSERT' | 'UPDATE',
  where: 'in-transaction' | 'in-commit',
  when?: string,
): Promise<{ reached(): Promise<void>; abort(): Promise<number>; remove(): Promise<void> }> {
  await db.query(`CREATE OR REPLACE FUNCTION pause_here() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- Once for each transaction, however many rows it has.
      IF coalesce(current_setting('faults.paused', true), '') <> txid_current()::text THEN
        PERFORM set_config('faults.paused', txid_current()::text, true);
        PERFORM pg_sleep(2);
      END IF;
      RETURN NULL;
    END $$`);
  const condition = when === undefined ? '' : `WHEN (${when})`;
  await db.query(
    where === 'in-commit'
      ? `CREATE CONSTRAINT TRIGGER pause_here AFTER ${event} ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW ${condition} EXECUTE FUNCTION pause_here()`
      : `CREATE TRIGGER pause_here AFTER ${event} ON ${table} FOR EACH ROW ${condition} EXECUTE FUNCTION pause_here()`,
  );
  const SLEEPING = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
  return {
    reached: () => until(`a transaction at ${table}`, async () => ((await db.query(SLEEPING)).rowCount ?? 0) > 0),
    async abort() {
      const { rowCount } = await db.query(`SELECT pg_terminate_backend(pid) FROM (${SLEEPING}) AS sleeping`);
      return rowCount ?? 0;
    },
    async remove() {
      await db.query(`DROP TRIGGER IF EXISTS pause_here ON ${table}`);
    },
  };
}
