import { durationMs } from '#runtime/duration.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { PlatformReason } from '../../api/conditions.ts';
import type { Change } from '../../external/adapter.ts';
import type { AwsAccess, AwsClients } from '../../external/aws-clients.ts';
import { archivedEvents, observeArchive } from '../../external/backups/archived-events.ts';
import type { BackupState } from '../../external/backups/backup-state.ts';
import { groupBackups, observeGroupBackups } from '../../external/backups/elasticache.ts';
import { clusterBackups, observeClusterBackups } from '../../external/backups/rds.ts';
import { observePersistence, persistence } from '../../external/backups/redis-persistence.ts';
import { observeTableBackups, tableBackups } from '../../external/backups/table.ts';
import { clusterObjects, createVeleroSchedule, VeleroMissing } from '../../external/backups/velero.ts';
import { observeWalArchive, walArchive } from '../../external/backups/wal-archive.ts';
import { dynamoDbClient } from '../../external/dynamodb.ts';
import { isActive } from '../cloud.ts';
import { desiredVeleroSchedule } from '../cluster-backup.ts';
import { converge } from '../converge.ts';
import { archivedTopics, isArchived } from '../event-archive.ts';
import type { Finding } from '../external-memo.ts';
import { failureOf } from '../failure.ts';
import { ConcernError, findingOf, lookAfter } from '../look-after.ts';
import type { Pass, PlatformStatus } from '../pass.ts';
import { kafkaAccess, postgresAccess, redisAccess, withLog } from '../store-access.ts';
import { ordersTable } from './orders-table.ts';

type Line = NonNullable<PlatformStatus['backups']>[number];

/** One store's part of a look. */
interface Looked {
  readonly line: Line;
  readonly reason: PlatformReason | undefined;
  readonly pending?: readonly Change[];
  readonly applied?: readonly Change[];
}

interface Store {
  readonly name: 'postgres' | 'redis' | 'orders' | 'events' | 'cluster';
  readonly schedule: string;
  readonly retention: string;
  /** Changes nothing but what belongs to us: the Schedule. */
  look(signal: AbortSignal): Promise<BackupState & Pick<Looked, 'pending' | 'applied'>>;
}

interface Aws {
  readonly access: AwsAccess;
  readonly clients: AwsClients;
}

/**
 * BackupsHealthy: whether every store is backed up as spec.backup declares. Ready does not hang on it: a shop whose last
 * snapshot is late sells as well as before, and somebody is told.
 */
export async function lookAfterBackups(pass: Pass, aws: Aws | undefined): Promise<void> {
  const { platform, report } = pass;
  const { backup, region, orders, storage, kafka, aws: awsSpec } = platform.spec;
  // Seen once more after it left the spec, so that our Schedule goes.
  const leaves = backup?.cluster === undefined && platform.status?.backups?.some(({ store }) => store === 'cluster');
  const stores = storesOf(pass, aws);
  if (stores.length === 0 && leaves !== true) {
    report.say('BackupsHealthy', 'True', 'NotUsed', 'spec.backup declares nothing, so nothing is looked at');
    return;
  }
  const access = [postgresAccess(pass), redisAccess(pass), kafkaAccess(pass), aws?.access];
  const inputs = [backup ?? null, region.role, orders, storage, kafka, awsSpec, access, leaves === true];
  const found = await lookAfter<readonly Line[]>(pass, 'BackupsHealthy', inputs, async (signal) => {
    if (leaves === true) await removeSchedule(pass, signal);
    return summary(await Promise.all(stores.map((store) => lookAt(store, signal))), pass.observeOnly);
  });
  report.backups = [...(found ?? platform.status?.backups ?? [])];
}

async function lookAt({ name, schedule, retention, look }: Store, signal: AbortSignal): Promise<Looked> {
  const about = { store: name, schedule, retention };
  try {
    const { how, lastAt, problems, pending = [], applied = [] } = await look(signal);
    const overdue = problems.length > 0;
    const line = {
      ...{ ...about, how, overdue },
      ...(lastAt === undefined ? {} : { lastAt: new Date(lastAt).toISOString().replace(/\.\d+Z$/, 'Z') }),
      ...(overdue ? { message: problems.join('. ').slice(0, 4096) } : {}),
    };
    return { line, reason: overdue ? 'BackupOverdue' : undefined, pending, applied };
  } catch (error) {
    signal.throwIfAborted();
    const { reason, message } = error instanceof ConcernError ? error : failureOf('BackupsHealthy', error);
    return { line: { ...about, overdue: true, message: `cannot be told: ${message}`.slice(0, 4096) }, reason };
  }
}

function summary(looked: readonly Looked[], observeOnly: boolean): Finding<readonly Line[]> {
  const lines = looked.map(({ line }) => line);
  const pending = looked.flatMap((one) => one.pending ?? []);
  const applied = looked.flatMap((one) => one.applied ?? []);
  const bad = looked.filter(({ reason }) => reason !== undefined);
  const ready = `Backed up as declared: ${lines.map(({ store }) => store).join(', ')}`;
  const finding = findingOf(pending, applied, lines, { ready, observeOnly });
  const reason = bad.find((one) => one.reason === 'BackupOverdue')?.reason ?? bad[0]?.reason;
  if (reason === undefined) return finding;
  const message = bad.map(({ line }) => `${line.store}: ${line.message}`).join('. ');
  // Looked at again with everything else: asking more often makes no backup.
  return { ...finding, state: 'drifted', reason, message };
}

async function removeSchedule(pass: Pass, signal: AbortSignal): Promise<void> {
  if (pass.observeOnly) return;
  await createVeleroSchedule(pass.children.client).remove(desiredVeleroSchedule(pass.platform), signal);
}

function storesOf(pass: Pass, aws: Aws | undefined): Store[] {
  const { platform, ctx } = pass;
  const { backup = {}, storage, orders } = platform.spec;
  const now = () => ctx.clock.now();
  const needed = (): Aws => {
    if (aws === undefined) throw new ConcernError('WaitingForDependency', 'waits for the AWS keys, see SecretsReady');
    return aws;
  };
  const daily = (window: string | undefined) => (window === undefined ? 'daily' : `daily, ${window} UTC`);
  const days = (count: number) => `${count} days`;
  const stores: Store[] = [];

  const { postgres, redis } = backup;
  if (postgres?.rdsCluster !== undefined) {
    const { rdsCluster: cluster, retentionDays, window, maxAge, maxLag, copyRegion } = postgres;
    const want = { cluster, retentionDays, window, maxAge, maxLag, copyRegion, ...timesOf({ maxAge, maxLag }) };
    stores.push({
      ...{ name: 'postgres', schedule: daily(window), retention: days(retentionDays) },
      look: async (signal) => {
        const { rds, rdsIn } = needed().clients;
        return clusterBackups(want, await observeClusterBackups(rds, rdsIn, want, signal), now());
      },
    });
  } else if (postgres !== undefined && isActive(platform)) {
    const { maxLag } = postgres;
    stores.push({
      ...{ name: 'postgres', schedule: `every ${maxLag}`, retention: 'as the archive keeps it' },
      look: async (signal) => {
        const access = postgresAccess(pass);
        if (access === undefined) throw new ConcernError('WaitingForDependency', WAITS_FOR_SECRET);
        return walArchive({ maxLag, maxLagMs: durationMs(maxLag) }, await observeWalArchive(access, signal));
      },
    });
  }
  if (redis?.replicationGroup !== undefined) {
    const { replicationGroup, retentionDays, window, maxAge } = redis;
    const want = { replicationGroup, retentionDays, window, maxAge, maxAgeMs: durationMs(maxAge) };
    stores.push({
      ...{ name: 'redis', schedule: daily(window), retention: days(retentionDays) },
      look: async (signal) =>
        groupBackups(want, await observeGroupBackups(needed().clients.elastiCache, want, signal), now()),
    });
  } else if (redis !== undefined) {
    const { maxAge } = redis;
    stores.push({
      ...{ name: 'redis', schedule: `every ${maxAge}`, retention: 'the newest one' },
      look: async (signal) => {
        const access = redisAccess(pass);
        if (access === undefined) throw new ConcernError('WaitingForDependency', WAITS_FOR_SECRET);
        const found = await observePersistence(withLog(access, ctx.log), signal);
        return persistence({ maxAge, maxAgeMs: durationMs(maxAge) }, found, now());
      },
    });
  }
  if (backup.orders !== undefined) {
    const { retentionDays } = backup.orders;
    stores.push({
      ...{ name: 'orders', schedule: 'continuous', retention: days(retentionDays) },
      look: async (signal) => {
        const client = dynamoDbClient(ordersTable(pass, needed().access).access);
        try {
          const found = await observeTableBackups(client, orders.table, signal);
          return tableBackups({ table: orders.table, retentionDays }, found, now());
        } finally {
          client.destroy();
        }
      },
    });
  }
  if (backup.events !== undefined) {
    const { maxLag } = backup.events;
    const { ticketBucket: bucket, eventArchive } = storage;
    const want = { bucket, topics: archivedTopics(platform), maxLag, maxLagMs: durationMs(maxLag) };
    stores.push({
      ...{ name: 'events', schedule: 'continuous', retention: days(eventArchive.retentionDays) },
      look: async (signal) => {
        if (!isArchived(platform)) return { how: 'nothing', lastAt: undefined, problems: [ARCHIVE_OFF] };
        const access = kafkaAccess(pass);
        if (access === undefined) throw new ConcernError('WaitingForDependency', WAITS_FOR_SECRET);
        const kafka = createKafka(withLog(access, ctx.log)).admin();
        try {
          return archivedEvents(want, await observeArchive(needed().clients.s3, kafka, want, now(), signal));
        } finally {
          await kafka.close();
        }
      },
    });
  }
  if (backup.cluster !== undefined) {
    const { schedule, retentionDays, maxAge } = backup.cluster;
    const want = { ...desiredVeleroSchedule(platform), maxAge, maxAgeMs: durationMs(maxAge) };
    stores.push({
      ...{ name: 'cluster', schedule: `${schedule} (UTC)`, retention: days(retentionDays) },
      look: async (signal) => {
        const adapter = createVeleroSchedule(pass.children.client);
        const { observed, pending, applied } = await converge(adapter, want, {
          ...{ observeOnly: pass.observeOnly, signal },
        }).catch((error: unknown) => {
          if (error instanceof VeleroMissing) throw new ConcernError('WaitingForDependency', error.message);
          throw error;
        });
        return { ...clusterObjects(want, observed, now()), pending, applied };
      },
    });
  }
  return stores;
}

const WAITS_FOR_SECRET = 'waits for the Secret with the credentials, see SecretsReady';
const ARCHIVE_OFF = 'events are not archived: set spec.storage.eventArchive.enabled to true';

const timesOf = ({ maxAge, maxLag }: { readonly maxAge: string; readonly maxLag: string }) => ({
  maxAgeMs: durationMs(maxAge),
  maxLagMs: durationMs(maxLag),
});
