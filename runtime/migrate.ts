import { runner } from 'node-pg-migrate';
import type { Logger } from './log.ts';

export interface MigrateOptions {
  readonly connectionString: string;
  /**
   * Folder of `NNN_name.sql` files, run in the order of their numbers. Each has the marker line `-- Up Migration` first and may
   * have `-- Down Migration` with what undoes it. All pending files run in one transaction.
   */
  readonly dir: string;
  readonly log: Logger;
  /** `up` unless told; `down` undoes the last file only. */
  readonly direction?: 'up' | 'down';
}

/**
 * Brings a database to the newest migration and gives the names that ran, none when it was there already. An advisory lock
 * makes a second program wait. Throws when a file that has run is missing, or a new one sorts before one that has run.
 */
export async function migrate({ connectionString, dir, log, direction = 'up' }: MigrateOptions): Promise<string[]> {
  const ran = await runner({
    databaseUrl: { connectionString, application_name: 'migrate', lock_timeout: 10_000 },
    dir,
    // Only numbered SQL files are migrations; anything else in the folder (a README) is ignored.
    ignorePattern: '(?!\\d+_[\\w-]+\\.sql$).*',
    direction,
    ...(direction === 'down' ? { count: 1 } : {}),
    migrationsTable: 'schema_migrations',
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: {
      debug: (text) => log.debug(text),
      info: (text) => log.debug(text),
      warn: (text) => log.warn(text),
      error: (text) => log.error(text),
    },
  });
  const names = ran.map((migration) => migration.name);
  log.info({ names, direction }, names.length > 0 ? 'migrations applied' : 'database is up to date');
  return names;
}
