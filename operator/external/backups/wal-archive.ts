import { type PostgresAccess, withClient } from '../postgres.ts';
import type { BackupState } from './backup-state.ts';

export interface ObservedWalArchive {
  readonly archiving: boolean;
  /** Seconds after which a segment is archived that is not full; 0: never. */
  readonly timeoutSeconds: number;
  readonly lastArchived: number | undefined;
  /** The newest try failed. */
  readonly failing: string | undefined;
}

/** How a Postgres that we run ourselves archives its WAL: what lies between two base backups. */
export async function observeWalArchive(access: PostgresAccess, signal: AbortSignal): Promise<ObservedWalArchive> {
  return await withClient(access, 'postgres', signal, async (client) => {
    const { rows } = await client.query<{
      archiving: boolean;
      timeout: number;
      last_archived: Date | null;
      failing: string | null;
    }>(`
      SELECT current_setting('archive_mode') <> 'off' AS archiving,
             (SELECT setting::int FROM pg_settings WHERE name = 'archive_timeout') AS timeout,
             last_archived_time AS last_archived,
             CASE WHEN last_failed_time > COALESCE(last_archived_time, '-infinity') THEN last_failed_wal END AS failing
        FROM pg_stat_archiver`);
    const [row] = rows;
    if (row === undefined) throw new Error('pg_stat_archiver gave no row');
    return {
      archiving: row.archiving,
      timeoutSeconds: row.timeout,
      lastArchived: row.last_archived?.getTime(),
      failing: row.failing ?? undefined,
    };
  });
}

export function walArchive(want: { readonly maxLag: string; readonly maxLagMs: number }, found: ObservedWalArchive) {
  const how = 'WAL archive of the server, as pg_stat_archiver tells';
  const state = (...problems: string[]): BackupState => ({ how, lastAt: found.lastArchived, problems });
  if (!found.archiving)
    return state(
      'archive_mode is off, so Postgres cannot be restored to a moment: set archive_mode = on and archive_command, restart it, and take a base backup',
    );
  const problems: string[] = [];
  if (found.failing !== undefined)
    problems.push(
      `archive_command fails at WAL segment ${found.failing}: see the server's log, WAL stays on its disk until it works`,
    );
  if (found.timeoutSeconds === 0 || found.timeoutSeconds * 1000 > want.maxLagMs)
    problems.push(
      `archive_timeout lets WAL lie unarchived for longer than ${want.maxLag}: ALTER SYSTEM SET archive_timeout = '${Math.max(1, Math.floor(want.maxLagMs / 1000))}s', then SELECT pg_reload_conf()`,
    );
  return state(...problems);
}
