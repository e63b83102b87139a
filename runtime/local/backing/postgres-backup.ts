import { appendFile, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** What a server made from a base backup does when it starts. */
export type BackupPurpose =
  /** Replays archived WAL up to a moment (`until`, as Postgres writes times), or all of it, and then takes writes. */
  | { readonly kind: 'recover'; readonly archive: string; readonly until?: string }
  /** Follows the server it was copied from until it is promoted. */
  | { readonly kind: 'follow'; readonly primary: string };

/** Not part of a base backup: what only the running server means, and WAL, which comes from the archive or the stream. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_stat_tmp']);

/**
 * A base backup of a running server: `data` copied into the new folder `to` between pg_backup_start and pg_backup_stop, as
 * pg_basebackup does from elsewhere. Useful only together with the WAL since its start.
 */
export async function baseBackup(url: string, data: string, to: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('ticketbottle', true)");
    await copyTree(data, to, LEFT_OUT);
    for (const name of ['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_stat_tmp'])
      await mkdir(join(to, name), { recursive: true, mode: 0o700 });
    // Waits until the WAL it needs is archived, where there is an archive.
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
  } finally {
    await client.end();
  }
}

/** Turns a copy of a base backup into the data folder of a server that is about to start. */
export async function prepareBackup(data: string, purpose: BackupPurpose): Promise<void> {
  const settings =
    purpose.kind === 'follow'
      ? { primary_conninfo: purpose.primary, hot_standby: 'on' }
      : {
          restore_command: `cp ${purpose.archive}/%f %p`,
          // The restored server goes on in a time line of its own and archives that.
          recovery_target_action: 'promote',
          ...(purpose.until === undefined ? {} : { recovery_target_time: purpose.until }),
        };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  await appendFile(join(data, 'postgresql.auto.conf'), lines.join(''));
  await writeFile(join(data, purpose.kind === 'follow' ? 'standby.signal' : 'recovery.signal'), '', { mode: 0o600 });
}

/** Files may come and go while this looks: replayed WAL puts that right. */
export async function copyTree(from: string, to: string, except: ReadonlySet<string> = new Set()): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (except.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else await copyFile(source, target).catch(unlessGone);
  }
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
