import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateReplicationGroupCommand, CreateSnapshotCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { parse } from 'yaml';
import { VELERO_BACKUP, VELERO_SCHEDULE } from '#operator/external/backups/velero.ts';
import { type KubeObject, NAMESPACE, PLATFORM } from '#operator/kube/resource.ts';
import { eventually } from '../kube/api-fixture.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

type Schedule = KubeObject & {
  spec: { schedule: string; paused: boolean; template: { ttl: string; includedNamespaces: string[] } };
};

/** Velero itself cannot run here: its kinds are its own, and the test makes the Backups that its server would make. */
describe('backups that a platform declares', function () {
  this.timeout(180_000);
  let world: World;
  let site: Site;
  let cache: ElastiCacheClient;
  let schedule: string;

  before(async () => {
    world = await theWorld();
    site = await openSite(world);
    schedule = `ticketbottle-${site.namespace}-tb`;
    const { region, endpoint, accessKeyId, secretAccessKey } = world.stores.aws;
    cache = new ElastiCacheClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
  });
  after(async () => {
    cache?.destroy();
    await site?.stop();
  });

  const line = async (store: string) => (await site.read()).status?.backups?.find((one) => one.store === store);
  const found = () => site.client.get<Schedule>(VELERO_SCHEDULE, 'velero', schedule);

  async function backedUp(name: string, phase: string): Promise<void> {
    const labels = { 'velero.io/schedule-name': schedule };
    const at = new Date().toISOString();
    await site.client.create(VELERO_BACKUP, {
      ...{ apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name, namespace: 'velero', labels } },
      ...{ spec: {}, status: { phase, startTimestamp: at, completionTimestamp: at } },
    } as never);
  }

  it('says store by store what is not as declared, and is Ready all the same', async () => {
    await cache.send(
      new CreateReplicationGroupCommand({
        ...{ ReplicationGroupId: 'tb-queue', ReplicationGroupDescription: 'queue', SnapshotRetentionLimit: 7 },
      }),
    );
    const backup = {
      postgres: {},
      redis: { replicationGroup: 'tb-queue' },
      orders: {},
      events: {},
      cluster: { schedule: '0 18 * * *' },
    };
    await site.client.create(PLATFORM, platformOn(world, site.namespace, { backup, driftInterval: '1s' }) as never);
    await site.becomes('Ready', { status: 'True' }, { ms: 120_000 });
    const told = await site.becomes('BackupsHealthy', { status: 'False', reason: 'BackupOverdue' });
    assert.match(told.message, /postgres: archive_mode is off/);
    assert.match(told.message, /redis: replication group tb-queue has no snapshot younger than 26h/);
    assert.match(told.message, /cluster: cannot be told: .*install Velero, or remove spec\.backup\.cluster/);
    assert.deepEqual(await line('orders'), {
      ...{ store: 'orders', how: 'point-in-time recovery of table ticketbottle-orders', schedule: 'continuous' },
      ...{ retention: '35 days', overdue: false },
    });
    assert.equal((await line('events'))?.retention, '90 days');
    const metrics = await site.metrics.metrics();
    assert.match(metrics, /ticketbottle_backup_overdue\{[^}]*store="redis"\} 1/);
    assert.match(metrics, /ticketbottle_backup_overdue\{[^}]*store="orders"\} 0/);
  });

  it('sees a snapshot that came', async () => {
    await cache.send(new CreateSnapshotCommand({ ReplicationGroupId: 'tb-queue', SnapshotName: 'tb-queue-1' }));
    const seen = await eventually(async () => {
      const one = await line('redis');
      return one?.overdue === false ? one : undefined;
    });
    assert.ok(Math.abs(Date.parse(seen.lastAt ?? '') - Date.now()) < 60_000, seen.lastAt);
    assert.match(
      await site.metrics.metrics(),
      /ticketbottle_backup_last_timestamp_seconds\{[^}]*store="redis"\} 1\d{9}/,
    );
  });

  it('makes the Velero Schedule, undoes what is done to it by hand, and tells how Backups end', async () => {
    await site.patch({ backup: { postgres: null } });
    const dir = join(import.meta.dirname, '../external/velero');
    for (const name of ['schedules', 'backups'])
      await world.api.fetch(
        'POST',
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        parse(readFileSync(join(dir, `velero.io_${name}.yaml`), 'utf8')),
      );
    await site.client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'velero' } });
    const made = await eventually(() => found().catch(() => undefined), 60_000);
    assert.deepEqual(
      [made.spec.schedule, made.spec.template.ttl, made.spec.template.includedNamespaces],
      ['0 18 * * *', '720h0m0s', [site.namespace]],
    );
    // Its first Backup has a day's time.
    await site.becomes('BackupsHealthy', { status: 'True', reason: 'AsSpecified' });

    await backedUp('first', 'PartiallyFailed');
    assert.match(
      (await site.becomes('BackupsHealthy', { reason: 'BackupOverdue' })).message,
      /^cluster: Backup velero\/first is PartiallyFailed: velero backup logs first -n velero$/,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await backedUp('second', 'Completed');
    await site.becomes('BackupsHealthy', { status: 'True' });
    assert.ok((await line('cluster'))?.lastAt !== undefined);

    await site.client.mergePatch(VELERO_SCHEDULE, 'velero', schedule, {
      spec: { paused: true, schedule: '0 1 * * 0' },
    });
    await eventually(async () => {
      const one = await found();
      return one?.spec.paused === false && one.spec.schedule === '0 18 * * *';
    });
    await site.patch({ backup: { cluster: { retentionDays: 60 } } });
    await eventually(async () => (await found())?.spec.template.ttl === '1440h0m0s');
  });

  it('takes the Schedule away when it is not wanted any more', async () => {
    await site.patch({ backup: { cluster: null } });
    await eventually(async () => (await found()) === undefined);
    await eventually(async () => (await line('cluster')) === undefined);
    await site.patch({ backup: null });
    await site.becomes('BackupsHealthy', { reason: 'NotUsed' });
    assert.equal((await site.read()).status?.backups, undefined);
  });

  it('takes it away with the platform where deletionPolicy is Delete', async () => {
    await site.patch({ backup: { cluster: {} }, deletionPolicy: 'Delete' });
    await eventually(found);
    await site.client.delete(PLATFORM, site.namespace, 'tb');
    await eventually(async () => (await site.client.get(PLATFORM, site.namespace, 'tb')) === undefined, 60_000);
    assert.equal(await found(), undefined);
  });
});
