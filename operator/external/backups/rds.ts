import {
  type DBCluster,
  DescribeDBClustersCommand,
  paginateDescribeDBClusterSnapshots,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { absent } from '../aws-errors.ts';
import { type BackupState, isOlder, newestOf } from './backup-state.ts';

/** What is declared of an Aurora or RDS cluster's backups; the cluster itself belongs to whoever made it. */
export interface WantedClusterBackups {
  readonly cluster: string;
  readonly retentionDays: number;
  /** UTC, `03:00-04:00`; undefined: any. */
  readonly window: string | undefined;
  readonly maxAge: string;
  readonly maxAgeMs: number;
  readonly maxLag: string;
  readonly maxLagMs: number;
  /** Where a copy of the snapshots must be. */
  readonly copyRegion: string | undefined;
}

export interface ObservedClusterBackups {
  /** Undefined: no cluster of that name. */
  readonly cluster:
    | { readonly retentionDays: number; readonly window: string; readonly restorableUntil: number | undefined }
    | undefined;
  readonly lastSnapshot: number | undefined;
  readonly lastCopy: number | undefined;
}

export async function observeClusterBackups(
  client: RDSClient,
  inRegion: (region: string) => RDSClient,
  { cluster, copyRegion }: WantedClusterBackups,
  abortSignal: AbortSignal,
): Promise<ObservedClusterBackups> {
  const found = await absent(
    client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: cluster }), { abortSignal }),
    'DBClusterNotFoundFault',
    'DBClusterNotFound',
  );
  const [one] = found?.DBClusters ?? [];
  if (one === undefined) return { cluster: undefined, lastSnapshot: undefined, lastCopy: undefined };
  const lastSnapshot = await newestSnapshot(client, cluster, abortSignal);
  if (copyRegion === undefined) return { cluster: described(one), lastSnapshot, lastCopy: undefined };
  const there = inRegion(copyRegion);
  try {
    return { cluster: described(one), lastSnapshot, lastCopy: await newestSnapshot(there, cluster, abortSignal) };
  } finally {
    there.destroy();
  }
}

const described = (one: DBCluster) => ({
  retentionDays: one.BackupRetentionPeriod ?? 0,
  window: one.PreferredBackupWindow ?? '',
  restorableUntil: one.LatestRestorableTime?.getTime(),
});

/** Unasked, RDS shows automated and manual snapshots; those of AWS Backup only by name. */
async function newestSnapshot(
  client: RDSClient,
  DBClusterIdentifier: string,
  abortSignal: AbortSignal,
): Promise<number | undefined> {
  const moments: (Date | undefined)[] = [];
  for (const type of [{}, { SnapshotType: 'awsbackup' }]) {
    const input = { DBClusterIdentifier, ...type };
    for await (const { DBClusterSnapshots = [] } of paginateDescribeDBClusterSnapshots({ client }, input, {
      abortSignal,
    })) {
      const usable = DBClusterSnapshots.filter(({ Status }) => Status === 'available');
      moments.push(...usable.map(({ SnapshotCreateTime }) => SnapshotCreateTime));
    }
  }
  return newestOf(moments);
}

export function clusterBackups(want: WantedClusterBackups, found: ObservedClusterBackups, nowMs: number): BackupState {
  const how = `snapshots of RDS cluster ${want.cluster}`;
  const change = `aws rds modify-db-cluster --db-cluster-identifier ${want.cluster}`;
  const { cluster, lastSnapshot, lastCopy } = found;
  if (cluster === undefined) {
    const missing = `there is no RDS cluster ${want.cluster} in this region: correct spec.backup.postgres.rdsCluster`;
    return { how, lastAt: undefined, problems: [missing] };
  }
  const problems: string[] = [];
  if (cluster.retentionDays < want.retentionDays)
    problems.push(
      `cluster ${want.cluster} keeps backups for ${cluster.retentionDays} days instead of ${want.retentionDays}: ${change} --backup-retention-period ${want.retentionDays}`,
    );
  if (want.window !== undefined && cluster.window !== want.window)
    problems.push(
      `cluster ${want.cluster} is backed up at ${cluster.window} instead of ${want.window}: ${change} --preferred-backup-window ${want.window}`,
    );
  if (isOlder(cluster.restorableUntil, want.maxLagMs, nowMs))
    problems.push(
      `cluster ${want.cluster} cannot be restored to a moment within the last ${want.maxLag}: see its events with aws rds describe-events --source-type db-cluster --source-identifier ${want.cluster}`,
    );
  if (isOlder(lastSnapshot, want.maxAgeMs, nowMs))
    problems.push(
      `cluster ${want.cluster} has no snapshot younger than ${want.maxAge}: take one with aws rds create-db-cluster-snapshot --db-cluster-identifier ${want.cluster} --db-cluster-snapshot-identifier NAME, and see why the last did not come`,
    );
  if (want.copyRegion !== undefined && isOlder(lastCopy, want.maxAgeMs, nowMs))
    problems.push(
      `${want.copyRegion} has no copy of a snapshot of ${want.cluster} younger than ${want.maxAge}: look at the AWS Backup plan that copies them, or copy one with aws rds copy-db-cluster-snapshot --region ${want.copyRegion}`,
    );
  return { how, lastAt: lastSnapshot, problems };
}
