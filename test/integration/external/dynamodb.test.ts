import assert from 'node:assert/strict';
import {
  CreateTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { createOrdersTable, type DesiredTable, dynamoDbClient } from '#operator/external/dynamodb.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { eventually } from '../kube/api-fixture.ts';
import { bringTo, differences } from './converging.ts';

const table = (name: string, more: Partial<DesiredTable> = {}): DesiredTable => ({
  name,
  pointInTimeRecovery: true,
  deletionProtection: true,
  replicaRegions: [],
  ...more,
});

// Two implementations: one made by AWS that lacks calls, one that has them but is not AWS's.
for (const which of ['aws', 'dynamodb-local'] as const) {
  describe(`orders table on ${which}`, () => {
    let backing: Backing<'aws'> | Backing<'dynamodb-local'>;
    let client: DynamoDBClient;

    before(async function () {
      this.timeout(180_000);
      if (which === 'aws') backing = await startBacking({ which: ['aws'] });
      else backing = await startBacking({ which: ['dynamodb-local'] });
      const endpoint = 'aws' in backing ? backing.aws.endpoint : backing['dynamodb-local'].endpoint;
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      client = dynamoDbClient({ region: 'us-east-1', endpoint, credentials });
    });
    after(async () => {
      client?.destroy();
      await backing?.stop();
    });

    it('makes the table with both indexes, on demand and protected, then finds nothing to do', async function () {
      this.timeout(30_000);
      const orders = createOrdersTable(client);
      await bringTo(orders, table('orders'));
      assert.deepEqual(await differences(orders, table('orders')), []);
      const observed = await orders.observe(table('orders'), AbortSignal.timeout(10_000));
      assert.equal(observed.onDemand, true);
      assert.equal(observed.deletionProtection, true);
      const whole = { projection: 'ALL', active: true };
      assert.deepEqual(observed.indexes.get('event_id-index'), { hash: 'event_id', range: 'status', ...whole });
      assert.deepEqual(observed.indexes.get('user_id-index'), { hash: 'user_id', range: 'created_at', ...whole });
      if (which === 'aws') assert.equal(observed.pointInTimeRecovery, true);
      else assert.deepEqual(observed.gaps, ['this endpoint has no point-in-time recovery']);
    });

    it('answers the questions of the order service', async () => {
      await bringTo(createOrdersTable(client), table('asked', { deletionProtection: false }));
      const item = {
        order_id: 'o1',
        user_id: 'u1',
        event_id: 'e1',
        created_at: '2026-11-22T10:00:00Z',
        status: 'PAID',
      };
      const Item = Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }]));
      await client.send(new PutItemCommand({ TableName: 'asked', Item }));
      const found = await client.send(
        new QueryCommand({
          TableName: 'asked',
          IndexName: 'event_id-index',
          KeyConditionExpression: 'event_id = :e AND #s = :s',
          ExpressionAttributeNames: { '#s': 'status' },
          ExpressionAttributeValues: { ':e': { S: 'e1' }, ':s': { S: 'PAID' } },
        }),
      );
      assert.equal(found.Items?.[0]?.['order_id']?.S, 'o1');
    });

    it('puts back a missing index and lost protection, one change at a time', async function () {
      this.timeout(30_000);
      const orders = createOrdersTable(client);
      await bringTo(orders, table('drifts'));
      await client.send(new UpdateTableCommand({ TableName: 'drifts', DeletionProtectionEnabled: false }));
      await client.send(
        new UpdateTableCommand({
          TableName: 'drifts',
          GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'user_id-index' } }],
        }),
      );
      const done = await bringTo(orders, table('drifts'));
      // DynamoDB Local shows a change of the protection only a moment later.
      assert.deepEqual([...new Set(done.map(({ reason }) => reason))].toSorted(), [
        'has deletion protection off instead of on',
        'has no index user_id-index',
      ]);
      assert.deepEqual(await differences(orders, table('drifts')), []);
    });

    it('tells indexes that were made anew with less in them or with keys of another type, and is ready once they are gone', async function () {
      this.timeout(60_000);
      const orders = createOrdersTable(client);
      const wish = table('partial', { deletionProtection: false });
      const S = 'S' as const;
      const attribute = (AttributeName: string, AttributeType: 'S' | 'N' = S) => ({ AttributeName, AttributeType });
      const keys = (hash: string, range: string) => [
        { AttributeName: hash, KeyType: 'HASH' as const },
        { AttributeName: range, KeyType: 'RANGE' as const },
      ];
      await client.send(
        new CreateTableCommand({
          TableName: 'partial',
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'order_id', KeyType: 'HASH' }],
          AttributeDefinitions: [
            ...['order_id', 'user_id', 'event_id', 'status'].map((name) => attribute(name)),
            attribute('created_at', 'N'),
          ],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'user_id-index',
              KeySchema: keys('user_id', 'created_at'),
              Projection: { ProjectionType: 'ALL' },
            },
            {
              IndexName: 'event_id-index',
              KeySchema: keys('event_id', 'status'),
              Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['total', 'created_at'] },
            },
          ],
        }),
      );
      const told = (await differences(orders, wish)).join('\n');
      assert.match(
        told,
        /index user_id-index has the key user_id, created_at \(N\) instead of user_id, created_at, and DynamoDB cannot change that: delete it/,
      );
      assert.match(told, /index event_id-index projects INCLUDE created_at, total instead of ALL/);
      for (const IndexName of ['user_id-index', 'event_id-index']) {
        await client.send(
          new UpdateTableCommand({ TableName: 'partial', GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] }),
        );
        await eventually(async () => !(await orders.observe(wish, AbortSignal.timeout(5_000))).indexes.has(IndexName));
      }
      await bringTo(orders, wish);
      assert.deepEqual(await differences(orders, wish), []);
    });

    it('lets items expire by the attribute asked for, and by no other', async function () {
      this.timeout(30_000);
      const orders = createOrdersTable(client);
      const wish = (timeToLiveAttribute?: string) =>
        table('expires', { deletionProtection: false, timeToLiveAttribute });
      await bringTo(orders, wish());
      await client.send(
        new UpdateTimeToLiveCommand({
          TableName: 'expires',
          TimeToLiveSpecification: { AttributeName: 'created_at', Enabled: true },
        }),
      );
      assert.deepEqual(await differences(orders, wish()), [
        'table expires: lets items expire by created_at, which nobody asked for',
      ]);
      await bringTo(orders, wish());
      await bringTo(orders, wish('expires_at'));
      const observed = await orders.observe(wish('expires_at'), AbortSignal.timeout(10_000));
      assert.equal(observed.timeToLive?.attribute, 'expires_at');
      assert.deepEqual(await differences(orders, wish('expires_at')), []);
    });

    // DynamoDB Local knows neither keys nor regions and answers "Nothing to update".
    const elsewhere = which === 'aws' ? it : it.skip;

    elsewhere('encrypts with a key of our own', async function () {
      this.timeout(30_000);
      const orders = createOrdersTable(client);
      const kmsKeyArn = 'arn:aws:kms:us-east-1:000000000000:key/0000aaaa-1111-2222-3333-444455556666';
      await bringTo(orders, table('sealed', { deletionProtection: false }));
      const wish = table('sealed', { deletionProtection: false, kmsKeyArn });
      const [found] = await differences(orders, wish);
      assert.match(found ?? '', /is encrypted with the key that AWS owns instead of arn:aws:kms/);
      await bringTo(orders, wish);
      assert.equal((await orders.observe(wish, AbortSignal.timeout(10_000))).kmsKeyArn, kmsKeyArn);
    });

    elsewhere('adds replicas after the stream that they need', async function () {
      this.timeout(30_000);
      const orders = createOrdersTable(client);
      const wish = table('spread', { deletionProtection: false, replicaRegions: ['ap-southeast-1'] });
      await bringTo(orders, table('spread', { deletionProtection: false }));
      const done = await bringTo(orders, wish);
      assert.deepEqual(
        done.map(({ reason }) => reason),
        ['has no stream, which replicas need', 'has no replica in ap-southeast-1'],
      );
      const observed = await orders.observe(wish, AbortSignal.timeout(10_000));
      assert.deepEqual([...observed.replicas], [['ap-southeast-1', 'ACTIVE']]);
    });

    it('removes a protected table, twice too', async () => {
      const orders = createOrdersTable(client);
      await bringTo(orders, table('goes'));
      await orders.remove(table('goes'), AbortSignal.timeout(10_000));
      await orders.remove(table('goes'), AbortSignal.timeout(10_000));
      assert.deepEqual(await differences(orders, table('goes')), ['table goes: does not exist']);
    });
  });
}
