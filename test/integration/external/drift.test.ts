import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import { dynamoDbClient } from '#operator/external/dynamodb.ts';
import { KAFKA_TOPIC, type KafkaTopic } from '#operator/external/kafka-strimzi.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT, JOB, type KubeObject, NETWORK_POLICY, PLATFORM, SERVICE } from '#operator/kube/resource.ts';
import { createKafka, type KafkaAdmin } from '#runtime/kafka.ts';
import { installCrds } from '#runtime/local/apiserver.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { clientOf, eventually } from '../kube/api-fixture.ts';
import { openSite, platformOn, type Site, theWorld, type World } from '../platform/platform-world.ts';

type Event = KubeObject & { reason: string; note: string };

const DRIFT_INTERVAL_S = 10;
/** A tenth of jitter, a look that takes its time, and a busy machine. */
const WITHIN_MS = DRIFT_INTERVAL_S * 1_000 + 8_000;

/** People change things by hand; the operator sees it within the interval, undoes it, counts it and says what it was. */
describe('drift made by hand in the systems outside', function () {
  this.timeout(120_000);
  let world: World;
  let site: Site;
  const temporalNamespace = `drift-${process.pid}`;

  before(async function () {
    this.timeout(240_000);
    world = await theWorld();
    site = await openSite(world);
    const spec = {
      driftInterval: `${DRIFT_INTERVAL_S}s`,
      temporal: {
        address: world.stores.temporal.address,
        namespace: temporalNamespace,
        retention: '72h',
        searchAttributes: { EventId: 'Keyword' },
      },
      kafka: {
        brokers: world.stores.kafka.brokers,
        replicationFactor: 1,
        topics: { 'order.paid': { partitions: 3, config: { 'retention.ms': '3600000' } } },
      },
      orders: { table: `drift-${process.pid}`, deletionProtection: true },
    };
    await site.client.create(PLATFORM, platformOn(world, site.namespace, spec) as never);
    await site.becomes('Ready', { status: 'True' }, { ms: 150_000 });
  });
  after(async () => await site?.stop());

  const counted = async (concern: string) => {
    const line = new RegExp(`^drift_detected_total\\{[^}]*concern="${concern}"[^}]*\\} (\\d+)$`, 'm');
    return Number(line.exec(await site.metrics.metrics())?.[1] ?? 0);
  };
  const told = async (reason: string, text: RegExp) =>
    (await site.client.list<Event>(EVENT, { namespace: site.namespace })).find(
      (event) => event.reason === reason && text.test(event.note),
    );

  /** Does the deed and waits until the operator has said so; gives the seconds that took. */
  async function seen(concern: string, text: RegExp, deed: () => Promise<unknown>, reason = 'DriftCorrected') {
    const before = await counted(concern);
    const from = performance.now();
    await deed();
    await eventually(() => told(reason, text), WITHIN_MS).catch(async () => {
      const notes = (await site.client.list<Event>(EVENT, { namespace: site.namespace }))
        .filter((event) => /Drift/.test(event.reason))
        .map((event) => event.note);
      assert.fail(`nothing like ${text} was told: ${notes.join(' | ')}`);
    });
    assert.equal(await counted(concern), before + 1, 'counted once');
    return (performance.now() - from) / 1_000;
  }

  async function inKafka<T>(use: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
    const { brokers } = world.stores.kafka;
    const admin = createKafka({ brokers, clientId: 'by-hand', log: silentLogger() }).admin();
    try {
      return await use(admin);
    } finally {
      await admin.close();
    }
  }

  async function inPostgres(...statements: string[]): Promise<pg.QueryResult[]> {
    const { host, port, user, password } = world.stores.postgres;
    const client = new pg.Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    try {
      const results: pg.QueryResult[] = [];
      for (const statement of statements) results.push(await client.query(statement));
      return results;
    } finally {
      await client.end();
    }
  }

  async function inDynamo<T>(use: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    const { region, endpoint, accessKeyId, secretAccessKey } = world.stores.aws;
    const client = dynamoDbClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  }

  it('Kafka: a setting of a topic', async () => {
    await seen('TopicsReady', /topic order\.paid: retention\.ms is 1000 instead of 3600000/, () =>
      inKafka((admin) => admin.alterConfigs('order.paid', { 'retention.ms': '1000' })),
    );
    const configs = await inKafka((admin) => admin.describeConfigs(['order.paid']));
    assert.equal(configs.get('order.paid')?.['retention.ms'], '3600000');
  });

  it('Kafka: a topic that is gone, and partitions that stay', async () => {
    await seen('TopicsReady', /topic queue\.position: does not exist/, () =>
      inKafka((admin) => admin.deleteTopics(['queue.position'])),
    );
    await inKafka((admin) => admin.createPartitions('order.paid', 5));
    const condition = await site.becomes('TopicsReady', { status: 'True', reason: 'PartitionsKept' });
    assert.match(
      condition.message,
      /topic order\.paid keeps its 5 partitions instead of 3, as Kafka cannot take any away/,
    );
    await site.patch({ kafka: { topics: { 'order.paid': { partitions: 5 } } } });
    await site.becomes('TopicsReady', { status: 'True', reason: 'AsSpecified' });
  });

  it('Kafka: a setting that the broker refuses is refused here too, with the field to correct', async () => {
    const retention = (value: string) =>
      site.patch({ kafka: { topics: { 'order.paid': { config: { 'retention.ms': value } } } } });
    await retention('soon');
    const refused = await site.becomes('TopicsReady', { reason: 'Refused' });
    assert.match(refused.message, /retention\.ms.*Correct spec\.kafka\.topics/);
    await retention('3600000');
    await site.becomes('Ready', { status: 'True' });
  });

  it('Postgres: a door that was opened, a power and a password', async () => {
    await seen('DatabasesReady', /role tb_user: has CREATEDB.*database ticketbottle_user: every role may connect/, () =>
      inPostgres('GRANT CONNECT ON DATABASE ticketbottle_user TO PUBLIC; ALTER ROLE tb_user CREATEDB'),
    );
    await seen('DatabasesReady', /role tb_event: has another password/, () =>
      inPostgres(`ALTER ROLE tb_event PASSWORD 'by-hand'`),
    );
    const [role] = await inPostgres(`SELECT rolcreatedb FROM pg_roles WHERE rolname = 'tb_user'`);
    assert.equal(role?.rows[0]?.rolcreatedb, false);
  });

  it('Postgres: a database that is gone, or another server, is migrated before anybody counts on it', async () => {
    type Job = KubeObject & { metadata: { labels: Record<string, string> } };
    const jobOf = async (service: string) =>
      (await site.client.list<Job>(JOB, { namespace: site.namespace })).find(
        ({ metadata }) => metadata.labels['ticketbottle.io/migrates'] === service,
      )?.metadata.uid;
    const before = { user: await jobOf('user'), event: await jobOf('event') };
    await seen('DatabasesReady', /database ticketbottle_user: does not exist/, () =>
      inPostgres('DROP DATABASE ticketbottle_user WITH (FORCE)'),
    );
    const again = await eventually(async () => {
      const uid = await jobOf('user');
      return uid === before.user ? undefined : uid;
    });
    assert.equal(await jobOf('event'), before.event);
    await site.becomes('Ready', { status: 'True' });

    await site.patch({ postgres: { host: 'localhost' } });
    await eventually(async () => ![undefined, again].includes(await jobOf('user')));
    await eventually(async () => ![undefined, before.event].includes(await jobOf('event')));
    await site.becomes('Ready', { status: 'True' });
  });

  it('Temporal: the retention', async () => {
    await seen('TemporalReady', /Temporal namespace .*: keeps closed workflows for 24h instead of 72h/, async () => {
      const connection = await Connection.connect({ address: world.stores.temporal.address });
      await connection.workflowService.updateNamespace({
        namespace: temporalNamespace,
        config: { workflowExecutionRetentionTtl: msToTs(86_400_000) },
      });
      await connection.close();
    });
  });

  it('Temporal: a search attribute', async () => {
    await seen('TemporalReady', /has no search attribute EventId \(Keyword\)/, async () => {
      const connection = await Connection.connect({ address: world.stores.temporal.address });
      await connection.operatorService.removeSearchAttributes({
        namespace: temporalNamespace,
        searchAttributes: ['EventId'],
      });
      await connection.close();
    });
  });

  it('Temporal: what only people can mend is refused with what to do, not waited for', async () => {
    await site.patch({ temporal: { searchAttributes: { EventId: 'Int' } } });
    const refused = await site.becomes('TemporalReady', { reason: 'Refused' });
    assert.match(refused.message, /EventId of type Keyword instead of Int, and types cannot change: name another/);
    await site.becomes('Stalled', { status: 'True', reason: 'Refused' });
    await site.patch({ temporal: { searchAttributes: { EventId: 'Keyword' } } });
    await site.becomes('Ready', { status: 'True' });
  });

  it('DynamoDB: backups, protection and an index, without touching an order', async () => {
    const TableName = `drift-${process.pid}`;
    const Key = { order_id: { S: 'kept' } };
    await inDynamo((client) => client.send(new PutItemCommand({ TableName, Item: Key })));
    await seen('OrdersTableReady', /has point-in-time recovery off instead of on/, () =>
      inDynamo((client) =>
        client.send(
          new UpdateContinuousBackupsCommand({
            TableName,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
          }),
        ),
      ),
    );
    await seen('OrdersTableReady', /has deletion protection off instead of on.*has no index user_id-index/, () =>
      inDynamo(async (client) => {
        const GlobalSecondaryIndexUpdates = [{ Delete: { IndexName: 'user_id-index' } }];
        await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
        await client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates }));
      }),
    );
    const gone = await inDynamo((client) =>
      client.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' })),
    );
    assert.equal(gone.Attributes?.['order_id']?.S, 'kept');
  });

  it('what was done while no operator was there is told and counted by the next one, and what is wanted anew is not', async () => {
    const { namespace } = site;
    const TableName = `drift-${process.pid}`;
    /** Ends this operator, lets `deed` be done, and waits until the next one is through. */
    const meanwhile = async (deed: (hands: KubeClient) => Promise<unknown>) => {
      await site.settled();
      await site.stop();
      const hands = clientOf(world.api);
      await deed(hands);
      await hands.close();
      site = await openSite(world, { namespace });
      await eventually(async () => /result="requeue_after"[^}]*\} [1-9]/.test(await site.metrics.metrics()));
      await site.becomes('Ready', { status: 'True' });
    };
    const all = async () => {
      const lines = (await site.metrics.metrics()).split('\n');
      return lines.filter((line) => /^drift_detected_total\{/.test(line) && !line.endsWith(' 0'));
    };
    await meanwhile(async () => {});
    assert.deepEqual(await all(), []);

    await meanwhile(async (hands) => {
      await inDynamo((client) => client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false })));
      await hands.delete(NETWORK_POLICY, namespace, 'tb-user');
      await hands.mergePatch(SERVICE, namespace, 'tb-event', {
        metadata: { labels: { 'app.kubernetes.io/name': 'x' } },
      });
    });
    await eventually(() =>
      told('DriftCorrected', /deletion protection off instead of on \(while no operator was there\)/),
    );
    const objects = await eventually(() => told('DriftCorrected', /NetworkPolicy tb-user: was deleted/));
    assert.match(objects.note, /Service tb-event: metadata\.labels.*: x → event.* \(while no operator was there\)$/);
    assert.deepEqual([await counted('OrdersTableReady'), await counted('WorkloadsReady')], [1, 1]);
    assert.equal((await all()).length, 2);

    await meanwhile((hands) =>
      hands.mergePatch(PLATFORM, namespace, 'tb', {
        spec: { orders: { deletionProtection: false }, services: { user: { replicas: { max: 9 } } } },
      }),
    );
    assert.deepEqual(await all(), []);
    await site.patch({ orders: { deletionProtection: true } });
    await site.becomes('Ready', { status: 'True' });
  });

  it('Redis: a policy that drops keys is told, as only its owner may mend it', async () => {
    const redis = createRedis({ address: world.stores.redis.address, log: silentLogger() });
    try {
      const asFound = await site.becomes('RedisReachable', { status: 'True' });
      assert.equal(asFound.reason, 'NotDurable', 'this one keeps nothing on disk');
      assert.match(asFound.message, /appendonly is off and there is no replica.*Set appendonly yes/);
      await seen(
        'RedisReachable',
        /redis: maxmemory-policy allkeys-lru drops places in the queue/,
        async () => {
          await redis.config('SET', 'maxmemory', '200mb');
          await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
        },
        'DriftDetected',
      );
      const broken = await site.becomes('RedisReachable', { status: 'False', reason: 'Refused' });
      assert.match(broken.message, /set it to noeviction/);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await redis.config('SET', 'maxmemory', '0');
      redis.disconnect();
    }
    await site.becomes('RedisReachable', { status: 'True' }, { ms: 90_000 });
  });

  it('Strimzi: a KafkaTopic', async () => {
    await installCrds(world.api, join(import.meta.dirname, 'strimzi'));
    await site.patch({ kafka: { management: 'StrimziKafkaTopic', strimzi: { cluster: 'shop' } } });
    const answerAll = async () => {
      for (const topic of await site.client.list<KafkaTopic>(KAFKA_TOPIC, { namespace: site.namespace })) {
        const { name, generation } = topic.metadata;
        if (topic.status?.observedGeneration === generation) continue;
        const status = { observedGeneration: generation, conditions: [{ type: 'Ready', status: 'True' }] };
        await site.client.mergePatch(KAFKA_TOPIC, site.namespace, name, { status }, { subresource: 'status' });
      }
    };
    const said = async () => (await site.read()).status?.conditions?.find(({ type }) => type === 'TopicsReady');
    await eventually(async () => /waits for the topic operator of Strimzi/.test((await said())?.message ?? ''));
    await eventually(async () => {
      await answerAll();
      const found = await said();
      return found?.status === 'True' && found.reason === 'AsSpecified';
    });
    await seen('TopicsReady', /topic order\.paid: retention\.ms is 5 instead of 3600000/, () =>
      site.client.mergePatch(KAFKA_TOPIC, site.namespace, 'order.paid', { spec: { config: { 'retention.ms': '5' } } }),
    );
    const topic = await site.client.get<KafkaTopic>(KAFKA_TOPIC, site.namespace, 'order.paid');
    assert.equal(topic?.spec?.config?.['retention.ms'], '3600000');
    assert.equal(topic?.spec?.partitions, 5);
  });
});
