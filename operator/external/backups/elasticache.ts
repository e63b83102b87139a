import {
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-elasticache';
import { absent } from '../aws-errors.ts';
import { type BackupState, isOlder, newestOf } from './backup-state.ts';

/** What is declared of an ElastiCache replication group's backups; the group belongs to whoever made it. */
export interface WantedGroupBackups {
  readonly replicationGroup: string;
  readonly retentionDays: number;
  /** UTC, `03:00-04:00`; undefined: any. */
  readonly window: string | undefined;
  readonly maxAge: string;
  readonly maxAgeMs: number;
}

export interface ObservedGroupBackups {
  /** Undefined: no group of that name. */
  readonly group: { readonly retentionDays: number; readonly window: string } | undefined;
  readonly lastSnapshot: number | undefined;
}

export async function observeGroupBackups(
  client: ElastiCacheClient,
  { replicationGroup: ReplicationGroupId }: WantedGroupBackups,
  abortSignal: AbortSignal,
): Promise<ObservedGroupBackups> {
  const found = await absent(
    client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }), { abortSignal }),
    'ReplicationGroupNotFoundFault',
  );
  const [one] = found?.ReplicationGroups ?? [];
  if (one === undefined) return { group: undefined, lastSnapshot: undefined };
  const moments: (Date | undefined)[] = [];
  for await (const { Snapshots = [] } of paginateDescribeSnapshots(
    { client },
    { ReplicationGroupId },
    { abortSignal },
  )) {
    const usable = Snapshots.filter(({ SnapshotStatus }) => SnapshotStatus === 'available');
    // A snapshot is as old as its oldest part.
    for (const { NodeSnapshots = [] } of usable) {
      const parts = NodeSnapshots.map(({ SnapshotCreateTime }) => SnapshotCreateTime?.getTime() ?? 0);
      if (parts.length > 0) moments.push(new Date(Math.min(...parts)));
    }
  }
  return {
    group: { retentionDays: one.SnapshotRetentionLimit ?? 0, window: one.SnapshotWindow ?? '' },
    lastSnapshot: newestOf(moments),
  };
}

export function groupBackups(want: WantedGroupBackups, found: ObservedGroupBackups, nowMs: number): BackupState {
  const name = want.replicationGroup;
  const how = `snapshots of ElastiCache replication group ${name}`;
  const change = `aws elasticache modify-replication-group --replication-group-id ${name} --apply-immediately`;
  const { group, lastSnapshot } = found;
  if (group === undefined) {
    const missing = `there is no replication group ${name} in this region: correct spec.backup.redis.replicationGroup`;
    return { how, lastAt: undefined, problems: [missing] };
  }
  const problems: string[] = [];
  if (group.retentionDays < want.retentionDays)
    problems.push(
      `replication group ${name} keeps snapshots for ${group.retentionDays} days instead of ${want.retentionDays}: ${change} --snapshot-retention-limit ${want.retentionDays}`,
    );
  if (want.window !== undefined && group.window !== want.window)
    problems.push(
      `replication group ${name} takes its snapshot at ${group.window} instead of ${want.window}: ${change} --snapshot-window ${want.window}`,
    );
  if (isOlder(lastSnapshot, want.maxAgeMs, nowMs))
    problems.push(
      `replication group ${name} has no snapshot younger than ${want.maxAge}: take one with aws elasticache create-snapshot --replication-group-id ${name} --snapshot-name NAME`,
    );
  return { how, lastAt: lastSnapshot, problems };
}
