import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Connection, ScheduleClient } from '@temporalio/client';
import { Redis } from 'ioredis';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { createKafka } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { createLogger } from '#runtime/log.ts';

type Used = 'postgres' | 'redis' | 'kafka' | 'temporal' | 'dynamodb-local';

describe('backing servers', function () {
  this.timeout(300_000);
  let backing: Backing<Used>;

  before(async () => {
    backing = await startBacking({ which: ['postgres', 'redis', 'kafka', 'temporal', 'dynamodb-local'] });
  });
  after(async () => {
    await backing?.stop();
    assert.equal(existsSync(backing.dir), false, 'the temporary folder is gone');
  });

  it('Postgres lets in who has the password, takes many connections, and makes databases', async () => {
    const { url, host, port } = backing.postgres;
    const wrong = new pg.Client({ host, port, user: 'postgres', password: 'wrong' });
    await assert.rejects(wrong.connect(), { code: '28P01' });
    const clients = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return client;
      }),
    );
    const [first] = clients;
    await first?.query('CREATE DATABASE shop');
    const { rows } = (await first?.query("SELECT current_setting('max_connections')::int AS most")) ?? { rows: [] };
    assert.ok(rows[0].most >= 300);
    await Promise.all(clients.map((client) => client.end()));
  });

  it('Redis runs functions of Redis 7', async () => {
    const redis = new Redis(backing.redis.port, backing.redis.host);
    const code =
      "#!lua name=t\nredis.register_function('plus', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)";
    await redis.call('FUNCTION', 'LOAD', code);
    assert.equal(await redis.call('FCALL', 'plus', '1', 'counter', '5'), 5);
    redis.disconnect();
  });

  it('Kafka keeps what is produced until it is consumed', async () => {
    const log = createLogger({ service: 'test', level: 'silent' });
    const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log });
    const admin = kafka.admin();
    await admin.createTopics([{ name: 'greetings', partitions: 3, replicationFactor: 1 }]);
    const producer = kafka.producer();
    await producer.send('greetings', [{ key: 'k', value: 'hello' }]);
    const got = Promise.withResolvers<string>();
    await using _consumer = kafka.runConsumer({
      ...{ groupId: 'g', topics: ['greetings'], clock: systemClock, park: async () => {} },
      handler: async ({ value }) => {
        got.resolve(value.toString());
        return 'done';
      },
    });
    assert.equal(await got.promise, 'hello');
    await producer.close();
    await admin.close();
  });

  it('Temporal serves the default namespace and its UI', async () => {
    const connection = await Connection.connect({ address: backing.temporal.address });
    const schedules = new ScheduleClient({ connection });
    for await (const _schedule of schedules.list()) assert.fail('a new server has no schedules');
    await connection.close();
    assert.equal((await fetch(backing.temporal.uiUrl)).status, 200);
  });

  it('DynamoDB Local keeps items', async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const dynamo = new DynamoDBClient({
      endpoint: backing['dynamodb-local'].endpoint,
      region: 'us-east-1',
      credentials,
    });
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'orders',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'order_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'order_id', KeyType: 'HASH' }],
      }),
    );
    await dynamo.send(new PutItemCommand({ TableName: 'orders', Item: { order_id: { S: '1' }, total: { N: '7' } } }));
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: 'orders', Key: { order_id: { S: '1' } } }));
    assert.equal(Item?.total?.N, '7');
    dynamo.destroy();
  });
});
