import { createRedis } from '#runtime/redis.ts';
import { parseInfo, type RedisAccess } from '../redis.ts';
import type { BackupState } from './backup-state.ts';

export interface ObservedPersistence {
  /** Ms since the epoch of the last snapshot; that of its start for a server that made none since. */
  readonly lastSave: number;
  readonly changedSince: boolean;
  readonly lastSaveFailed: boolean;
  readonly appendOnlyFailed: boolean;
}

/** A Redis that we run ourselves: what it says of its own files. Copying them elsewhere is done where the server is. */
export async function observePersistence(access: RedisAccess, signal: AbortSignal): Promise<ObservedPersistence> {
  signal.throwIfAborted();
  const redis = createRedis({ ...access, connectionName: 'ticketbottle-operator-backups' });
  try {
    const facts = parseInfo(await redis.info('persistence'));
    return {
      lastSave: Number(facts.get('rdb_last_save_time') ?? 0) * 1000,
      changedSince: Number(facts.get('rdb_changes_since_last_save') ?? 0) > 0,
      lastSaveFailed: facts.get('rdb_last_bgsave_status') === 'err',
      appendOnlyFailed: facts.get('aof_enabled') === '1' && facts.get('aof_last_write_status') === 'err',
    };
  } finally {
    redis.disconnect();
  }
}

/** A snapshot of a server that nobody wrote to since never grows old. */
export function persistence(
  want: { readonly maxAge: string; readonly maxAgeMs: number },
  found: ObservedPersistence,
  nowMs: number,
): BackupState {
  const problems: string[] = [];
  if (found.lastSaveFailed)
    problems.push('the last snapshot of Redis failed: see its log, often the disk is full or memory cannot be forked');
  if (found.appendOnlyFailed) problems.push('Redis cannot write its append-only file: see its log and its disk');
  if (found.changedSince && nowMs - found.lastSave > want.maxAgeMs)
    problems.push(
      `Redis has no snapshot younger than ${want.maxAge}: redis-cli BGSAVE, and set save so that they come by themselves`,
    );
  return { how: 'snapshot file of the server, as INFO persistence tells', lastAt: found.lastSave, problems };
}
