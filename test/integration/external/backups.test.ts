import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateReplicationGroupCommand, CreateSnapshotCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  ModifyDBClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { archivedEvents, observeArchive } from '#operator/external/backups/archived-events.ts';
import { groupBackups, observeGroupBackups } from '#operator/external/backups/elasticache.ts';
import { clusterBackups, observeClusterBackups } from '#operator/external/backups/rds.ts';
import { observePersistence, persistence } from '#operator/external/backups/redis-persistence.ts';
import { observeWalArchive, walArchive } from '#operator/external/backups/wal-archive.ts';
import { createKafka } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { eventually } from '../kube/api-fixture.ts';

const HOUR = 3600_000;
const signal = new AbortController().signal;

describe('backups of stores, as the stores tell', function () {
  this.timeout(120_000);
  const log = silentLogger();
  let backing: Backing<'postgres' | 'redis' | 'kafka' | 'aws'>;
  before(async () => {
    backing = await startBacking({ which: ['postgres', 'redis', 'kafka', 'aws'] });
  });
  after(async () => await backing?.stop());

  const clientOptions = (region = backing.aws.region) => {
    const { endpoint, accessKeyId, secretAccessKey } = backing.aws;
    return { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
  };

  it('RDS: retention, window, the newest snapshot, and its copy in another region', async () => {
    const rds = new RDSClient(clientOptions());
    const inRegion = (region: string) => new RDSClient(clientOptions(region));
    const want = {
      ...{ cluster: 'shop', retentionDays: 7, window: '18:00-19:00', copyRegion: 'ap-southeast-1' },
      ...{ maxAge: '26h', maxAgeMs: 26 * HOUR, maxLag: '15m', maxLagMs: HOUR / 4 },
    };
    const look = async (nowMs = Date.now()) =>
      clusterBackups(want, await observeClusterBackups(rds, inRegion, want, signal), nowMs);
    const [missing] = (await look()).problems;
    assert.match(missing ?? '', /no RDS cluster shop in this region: correct spec\.backup\.postgres\.rdsCluster/);

    const made = { Engine: 'aurora-postgresql', MasterUsername: 'tb', MasterUserPassword: 'not-a-secret' };
    await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'shop', ...made, BackupRetentionPeriod: 1 }));
    const bad = (await look()).problems.join('\n');
    assert.match(bad, /keeps backups for 1 days instead of 7: aws rds modify-db-cluster .*--backup-retention-period 7/);
    assert.match(bad, /is backed up at 03:00-04:00 instead of 18:00-19:00/);
    assert.match(bad, /has no snapshot younger than 26h/);
    assert.match(bad, /ap-southeast-1 has no copy of a snapshot of shop/);

    await rds.send(
      new ModifyDBClusterCommand({
        ...{ DBClusterIdentifier: 'shop', BackupRetentionPeriod: 7, PreferredBackupWindow: '18:00-19:00' },
        ApplyImmediately: true,
      }),
    );
    const snapshot = { DBClusterIdentifier: 'shop', DBClusterSnapshotIdentifier: 'shop-1' };
    await rds.send(new CreateDBClusterSnapshotCommand(snapshot));
    assert.match((await look()).problems.join('\n'), /^ap-southeast-1 has no copy/);
    // What a plan of AWS Backup does.
    const there = inRegion('ap-southeast-1');
    await there.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'shop', ...made }));
    await there.send(new CreateDBClusterSnapshotCommand(snapshot));
    there.destroy();
    const good = await look();
    assert.deepEqual(good.problems, []);
    assert.ok(Math.abs((good.lastAt ?? 0) - Date.now()) < HOUR);
    const late = await look(Date.now() + 27 * HOUR);
    assert.match(late.problems.join('\n'), /within the last 15m.*\n.*no snapshot younger than 26h.*\n.*no copy/);
    rds.destroy();
  });

  it('ElastiCache: retention and the newest snapshot', async () => {
    const client = new ElastiCacheClient(clientOptions());
    const want = { replicationGroup: 'queue', retentionDays: 7, window: undefined, maxAge: '26h', maxAgeMs: 26 * HOUR };
    const look = async (nowMs = Date.now()) =>
      groupBackups(want, await observeGroupBackups(client, want, signal), nowMs);
    assert.match((await look()).problems[0] ?? '', /no replication group queue/);
    await client.send(
      new CreateReplicationGroupCommand({
        ...{ ReplicationGroupId: 'queue', ReplicationGroupDescription: 'queue', SnapshotRetentionLimit: 0 },
      }),
    );
    assert.match(
      (await look()).problems.join('\n'),
      /keeps snapshots for 0 days instead of 7.*\n.*no snapshot younger/,
    );
    await client.send(new CreateSnapshotCommand({ ReplicationGroupId: 'queue', SnapshotName: 'queue-1' }));
    const found = await look();
    assert.equal(found.problems.length, 1);
    assert.ok(Math.abs((found.lastAt ?? 0) - Date.now()) < HOUR);
    assert.equal((await look(Date.now() + 27 * HOUR)).problems.length, 2);
    client.destroy();
  });

  it('Redis of our own: a snapshot grows old only when something was written since', async () => {
    const access = { address: backing.redis.address, log };
    const look = async (nowMs: number) =>
      persistence({ maxAge: '26h', maxAgeMs: 26 * HOUR }, await observePersistence(access, signal), nowMs);
    const later = Date.now() + 27 * HOUR;
    assert.deepEqual((await look(later)).problems, []);
    const redis = createRedis({ ...access, connectionName: 'test' });
    await redis.set('a', '1');
    assert.match((await look(later)).problems[0] ?? '', /no snapshot younger than 26h: redis-cli BGSAVE/);
    assert.deepEqual((await look(Date.now())).problems, []);
    await redis.bgsave();
    await eventually(async () => (await redis.info('persistence')).includes('rdb_changes_since_last_save:0'));
    assert.deepEqual((await look(later)).problems, []);
    redis.disconnect();
  });

  it('Postgres of our own: WAL that is not archived, that cannot be, and that is', async () => {
    const { host, port, user, password, url } = backing.postgres;
    const access = { host, port, user, password };
    const look = async () => walArchive({ maxLag: '15m', maxLagMs: HOUR / 4 }, await observeWalArchive(access, signal));
    assert.match((await look()).problems[0] ?? '', /^archive_mode is off.*take a base backup$/);

    const run = async (...statements: string[]) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    };
    await run("ALTER SYSTEM SET archive_mode = 'on'", "ALTER SYSTEM SET archive_command = 'false'");
    await backing.restart('postgres', 'SIGINT');
    assert.match((await look()).problems.join(), /^archive_timeout lets WAL lie .* SET archive_timeout = '900s'/);
    await run("ALTER SYSTEM SET archive_timeout = '60s'", 'SELECT pg_reload_conf()');
    await run('CREATE TABLE written (n int)', 'SELECT pg_switch_wal()');
    const failing = await eventually(async () => {
      const found = await look();
      return found.problems.length === 1 ? found : undefined;
    }, 30_000);
    assert.match(failing.problems[0] ?? '', /^archive_command fails at WAL segment \w{24}/);
    assert.equal(failing.lastAt, undefined);

    const archive = join(backing.dir, 'wal-archive');
    mkdirSync(archive, { recursive: true, mode: 0o777 });
    await run(`ALTER SYSTEM SET archive_command = 'cat %p > ${archive}/%f'`, 'SELECT pg_reload_conf()');
    await run('INSERT INTO written VALUES (1)', 'SELECT pg_switch_wal()');
    const good = await eventually(async () => {
      const found = await look();
      return found.problems.length === 0 ? found : undefined;
    }, 90_000);
    assert.ok(good.lastAt !== undefined && Math.abs(good.lastAt - Date.now()) < HOUR);
  });

  it('events: a record that Kafka took and the archive lacks, and none where the topic is quiet', async () => {
    const s3 = new S3Client({ ...clientOptions(), forcePathStyle: true });
    const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log });
    const admin = kafka.admin();
    const Bucket = 'archive';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const topics = ['order.paid', 'order.failed', 'not.made.yet'];
    await admin.createTopics(topics.slice(0, 2).map((name) => ({ name, partitions: 2, replicationFactor: 1 })));
    const producer = kafka.producer();
    const send = () => producer.send('order.paid', [{ key: 'k', value: Buffer.from('v'), headers: {} }]);
    const want = { bucket: Bucket, topics, maxLag: '15m', maxLagMs: HOUR / 4 };
    const look = async (nowMs: number) => archivedEvents(want, await observeArchive(s3, admin, want, nowMs, signal));

    await send();
    assert.deepEqual((await look(Date.now())).problems, [], 'too young to be missed');
    const soon = Date.now() + HOUR;
    assert.match((await look(soon)).problems.join(), /^records of order\.paid are not in bucket archive 15m after/);
    const hour = new Date().toISOString().slice(0, 13).replace(/[-T]/g, '/');
    await s3.send(new PutObjectCommand({ Bucket, Key: `events/order.paid/${hour}/part-1.gz`, Body: 'x' }));
    const good = await look(soon);
    assert.deepEqual(good.problems, []);
    assert.ok(Math.abs((good.lastAt ?? 0) - Date.now()) < HOUR);
    // S3 tells seconds: what came in the second of the last object counts as in it.
    await eventually(async () => Date.now() > (good.lastAt ?? 0) + 1_500);
    await send();
    assert.match((await look(soon)).problems.join(), /^records of order\.paid are not in/);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'events/failed/order.paid/x/1', Body: 'x' }));
    assert.match((await look(Date.now())).problems.join(), /Firehose could not write some records/);
    await producer.close();
    await admin.close();
    s3.destroy();
  });
});
