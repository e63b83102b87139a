import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBackupCommand,
  DeleteTableCommand,
  RestoreTableFromBackupCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { TOPIC } from '#proto/names.ts';
import { createKafka } from '#runtime/kafka.ts';
import { baseBackup, copyTree, prepareBackup } from '#runtime/local/backing/postgres-backup.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { ORDERS_TABLE, type Shop } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { type EventArchive, startEventArchive } from './event-archive.ts';
import { until } from './fault.ts';

const log = silentLogger();

/** What is kept of each store beside it, and how a lost one comes back from that. */
export class Backups {
  readonly #shop: Shop;
  readonly #root: string;
  readonly #dir: string;
  readonly #archive: EventArchive;
  readonly #startedAt = new Date();
  #tableBackup = '';

  private constructor(shop: Shop, root: string, archive: EventArchive) {
    this.#shop = shop;
    this.#root = root;
    this.#dir = join(shop.backing.dir, 'backups');
    this.#archive = archive;
  }

  /** Postgres archives its WAL from now on, and every topic goes to S3. */
  static async open(shop: Shop, root: string): Promise<Backups> {
    const made = new Backups(shop, root, await startEventArchive(shop));
    await mkdir(made.#wal, { recursive: true, mode: 0o700 });
    await shop.paymentDb.query('ALTER SYSTEM SET archive_mode = on');
    await shop.paymentDb.query(
      `ALTER SYSTEM SET archive_command = 'test ! -f ${made.#wal}/%f && cp %p ${made.#wal}/%f'`,
    );
    await shop.backing.restart('postgres', 'SIGINT');
    return made;
  }

  get #wal(): string {
    return join(this.#dir, 'wal');
  }

  #data(server: string): string {
    return join(this.#shop.backing.dir, 'data', server);
  }

  /** The nightly snapshot, taken while people buy. */
  async takeBase(): Promise<void> {
    await baseBackup(this.#shop.backing.postgres.url, join(this.#data('postgres'), 'data'), join(this.#dir, 'base'));
  }

  /** Redis, the orders table, and Kafka as far as it goes. */
  async takeRest(): Promise<void> {
    const redis = createRedis({
      address: this.#shop.backing.redis.address,
      log,
      connectionName: 'faults-backup',
      commandTimeoutMs: 20_000,
    });
    try {
      await redis.bgsave();
      await until('Redis has written its snapshot', async () => {
        const info = await redis.info('persistence');
        return info.includes('rdb_bgsave_in_progress:0') && info.includes('rdb_last_bgsave_status:ok');
      });
    } finally {
      redis.disconnect();
    }
    await copyFile(join(this.#data('redis'), 'dump.rdb'), join(this.#dir, 'dump.rdb'));
    const { BackupDetails } = await this.#shop.dynamo.send(
      new CreateBackupCommand({ TableName: ORDERS_TABLE, BackupName: 'faults' }),
    );
    this.#tableBackup = BackupDetails?.BackupArn ?? '';
    await this.#archive.complete();
  }

  /** Now, by the clock of Postgres and as it writes times. */
  async moment(): Promise<string> {
    const { rows } = await this.#shop.paymentDb.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    return rows[0]?.now ?? '';
  }

  /** Waits until all WAL so far is in the archive. */
  async walArchived(): Promise<void> {
    const { paymentDb } = this.#shop;
    const { rows } = await paymentDb.query<{ file: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS file');
    await until(`${rows[0]?.file} is archived`, async () => {
      const { rows: done } = await paymentDb.query<{ last: string }>(
        'SELECT last_archived_wal AS last FROM pg_stat_archiver',
      );
      return (done[0]?.last ?? '') >= (rows[0]?.file ?? '~');
    });
  }

  /** Takes every store away and puts it back: Postgres to `moment`, the others as they were kept. */
  async loseAndPutBack(moment: string, say: (text: string) => void): Promise<void> {
    await this.#postgres(moment);
    say(`Postgres is back at ${moment}`);
    await this.#redis();
    say('Redis is back');
    await this.#ordersTable();
    say('the orders table is back');
    await this.#kafka(say);
  }

  async #postgres(moment: string): Promise<void> {
    const data = join(this.#data('postgres'), 'data');
    await this.#shop.backing.restart('postgres', 'SIGKILL', async () => {
      await copyTree(join(this.#dir, 'base'), data);
      await prepareBackup(data, { kind: 'recover', archive: this.#wal, until: moment });
    });
    await until('Postgres takes writes', async () => {
      const { rows } = await this.#shop.paymentDb.query<{ busy: boolean }>('SELECT pg_is_in_recovery() AS busy');
      return rows[0]?.busy === false;
    });
  }

  /** A server that keeps an append-only file reads no snapshot, so it gets the data from one that does. */
  async #redis(): Promise<void> {
    const dir = join(this.#dir, 'redis-reader');
    await mkdir(join(dir, 'data', 'redis'), { recursive: true });
    await copyFile(join(this.#dir, 'dump.rdb'), join(dir, 'data', 'redis', 'dump.rdb'));
    await using reader = await startBacking({ which: ['redis'], dir, persistent: false });
    const { backing } = this.#shop;
    await backing.restart('redis', 'SIGKILL', () => rm(this.#data('redis'), { recursive: true }));
    const redis = createRedis({
      address: backing.redis.address,
      log,
      connectionName: 'faults-restore',
      commandTimeoutMs: 20_000,
    });
    try {
      await redis.call('REPLICAOF', reader.redis.host, String(reader.redis.port));
      await until('Redis has read the snapshot', async () =>
        (await redis.info('replication')).includes('master_link_status:up'),
      );
      await redis.call('REPLICAOF', 'NO', 'ONE');
    } finally {
      redis.disconnect();
    }
  }

  async #ordersTable(): Promise<void> {
    const { dynamo } = this.#shop;
    const there = { client: dynamo, maxWaitTime: 60, minDelay: 0.2, maxDelay: 1 };
    await dynamo.send(new DeleteTableCommand({ TableName: ORDERS_TABLE }));
    await waitUntilTableNotExists(there, { TableName: ORDERS_TABLE });
    await dynamo.send(
      new RestoreTableFromBackupCommand({ TargetTableName: ORDERS_TABLE, BackupArn: this.#tableBackup }),
    );
    await waitUntilTableExists(there, { TableName: ORDERS_TABLE });
  }

  async #kafka(say: (text: string) => void): Promise<void> {
    const { backing } = this.#shop;
    await backing.restart('kafka', 'SIGKILL', () => rm(this.#data('kafka'), { recursive: true }));
    const admin = createKafka({ brokers: backing.kafka.brokers, clientId: 'faults-restore', log }).admin();
    try {
      await admin.createTopics(Object.values(TOPIC).map((name) => ({ name, partitions: 3, replicationFactor: 1 })));
    } finally {
      await admin.close();
    }
    for (const line of (await this.#archive.replay(this.#root, this.#startedAt)).split('\n')) say(line);
  }
}
