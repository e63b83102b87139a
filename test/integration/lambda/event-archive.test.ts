import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { PipesClient } from '@aws-sdk/client-pipes';
import { GetBucketLifecycleConfigurationCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createStreams } from '#operator/external/firehose.ts';
import { createPipes, type DesiredPipe } from '#operator/external/pipes.ts';
import { createBucket } from '#operator/external/s3.ts';
import { archivePrefix } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { encodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka, type KafkaAdmin, type KafkaPort } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { ACCOUNT, apply, clientOptions, ROOT } from './function-stage.ts';

const run = promisify(execFile);
const TOPIC = 'order.paid';
const BUCKET = 'tickets';
const MESSAGES = 240;

describe('the archive of events', function () {
  this.timeout(240_000);
  const log = silentLogger();
  let backing: Backing<'aws' | 'kafka'>;
  let kafka: KafkaPort;
  let admin: KafkaAdmin;
  let s3: S3Client;
  let firehose: FirehoseClient;
  let pipes: PipesClient;
  let pipe: DesiredPipe;

  const stream = {
    name: 'tb-archive-order.paid',
    bucket: BUCKET,
    prefix: archivePrefix(TOPIC),
    errorPrefix: 'events/failed/order.paid/!{firehose:error-output-type}/',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/archive`,
    tags: {},
  };

  before(async () => {
    backing = await startBacking({ which: ['aws', 'kafka'] });
    kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log });
    admin = kafka.admin();
    const options = clientOptions(backing);
    s3 = new S3Client({ ...options, forcePathStyle: true });
    firehose = new FirehoseClient(options);
    pipes = new PipesClient(options);
    await admin.createTopics([{ name: TOPIC, partitions: 3, replicationFactor: 1 }]);
    const expiring = [
      { prefix: 'tickets/', days: 730, cheaperAfterDays: 90 },
      { prefix: 'events/', days: 90 },
    ];
    await apply(createBucket(s3), { name: BUCKET, region: 'us-east-1', expiring });
    pipe = {
      ...{ name: 'tb-archive-order.paid', brokers: backing.kafka.brokers, topic: TOPIC, consumerGroup: 'archive' },
      ...{ targetArn: `arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/${stream.name}`, body: 'record' },
      ...{ batch: { size: 100, windowSeconds: 10 }, roleArn: stream.roleArn, enabled: false },
      ...{ subnetIds: [], securityGroupIds: [] },
    };
  });
  after(async () => {
    for (const client of [s3, firehose, pipes]) client?.destroy();
    await admin?.close();
    await backing?.stop();
  });

  const envelope = (n: number) => ({
    ...{ id: `id-${n}`, type: TOPIC, time: 1_800_000_000_000 + n, key: `order-${n % 7}` },
    data: { n, text: 'Vé {"của"} \\ bạn' },
  });

  async function send(from: number, to: number): Promise<void> {
    const producer = kafka.producer();
    const messages = Array.from({ length: to - from }, (_, n) => envelope(from + n));
    await producer.send(
      TOPIC,
      messages.map((one) => ({ key: one.key, value: encodeEnvelope(one), headers: { id: one.id } })),
    );
    await producer.close();
  }

  const archived = async () =>
    (await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: stream.prefix }))).KeyCount ?? 0;

  async function until(what: string, reached: () => Promise<boolean>): Promise<void> {
    for (let n = 0; n < 300; n++) {
      if (await reached()) return;
      await systemClock.sleep(200);
    }
    throw new Error(`not in time: ${what}`);
  }

  /** Everything that a topic holds, by key. */
  async function read(topic: string, count: number): Promise<Map<string, number[]>> {
    const byKey = new Map<string, number[]>();
    let seen = 0;
    const consumer = kafka.runConsumer({
      ...{ groupId: `read-${topic}-${Math.random()}`, topics: [topic], clock: systemClock, maxBatch: 100 },
      batchHandler: async (messages) => {
        for (const { key, value, headers } of messages) {
          const { id, data } = JSON.parse(value.toString());
          assert.equal(headers['id'], id);
          assert.equal(data.text, envelope(0).data.text);
          byKey.set(key, [...(byKey.get(key) ?? []), data.n]);
          seen++;
        }
      },
    });
    await until(`${count} messages`, async () => seen >= count);
    await systemClock.sleep(1_000);
    await consumer.stop();
    assert.equal(seen, count);
    return byKey;
  }

  const replay = async (...args: string[]) => {
    const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
    const env = {
      ...{ PATH: process.env['PATH'], KAFKA_BROKERS: backing.kafka.brokers.join(','), AWS_ENDPOINT_URL: endpoint },
      ...{ AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    };
    const from = new Date(Date.now() - 3600_000).toISOString();
    const command = [join(ROOT, 'hack/replay/main.ts'), '--bucket', BUCKET, '--from', from, ...args];
    return (await run(process.execPath, command, { env })).stdout.trim();
  };

  const inOrder = Array.from({ length: MESSAGES }, (_, n) => envelope(n)).reduce((byKey, { key, data }) => {
    byKey.set(key, [...(byKey.get(key) ?? []), data.n]);
    return byKey;
  }, new Map<string, number[]>());
  const sorted = (map: Map<string, number[]>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

  it('keeps what a topic says, also what it said while the pipe was off, and drops it after its days', async () => {
    await apply(createStreams(firehose), [stream]);
    await apply(createPipes(pipes, systemClock), [pipe]);
    await send(0, MESSAGES / 2);
    await systemClock.sleep(1_000);
    assert.equal(await archived(), 0, 'a standby archives nothing');
    await apply(createPipes(pipes, systemClock), [{ ...pipe, enabled: true }]);
    await until('the first half', async () => (await archived()) === MESSAGES / 2);
    await send(MESSAGES / 2, MESSAGES);
    await until('the second half', async () => (await archived()) === MESSAGES);
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }));
    const rule = Rules?.find(({ Filter }) => Filter?.Prefix === 'events/');
    assert.deepEqual([rule?.Status, rule?.Expiration?.Days], ['Enabled', 90]);
  });

  it('replays nothing that is there, and all of it into another topic, in order, once', async () => {
    assert.match(await replay('--topic', TOPIC), /240 messages in the archive, 240 of them .* already, 0 sent$/);
    await admin.createTopics([{ name: 'again', partitions: 5, replicationFactor: 1 }]);
    assert.match(await replay('--topic', TOPIC, '--to-topic', 'again', '--dry-run'), /240 would be sent$/);
    assert.match(await replay('--topic', TOPIC, '--to-topic', 'again'), / 240 sent$/);
    assert.match(await replay('--topic', TOPIC, '--to-topic', 'again'), / 0 sent$/);
    assert.deepEqual(sorted(await read('again', MESSAGES)), sorted(inOrder));
  });

  it('brings back a topic that was lost', async () => {
    await apply(createPipes(pipes, systemClock), [pipe]);
    await admin.deleteTopics([TOPIC]);
    await until('its end', async () => !(await admin.listTopics()).includes(TOPIC));
    await admin.createTopics([{ name: TOPIC, partitions: 3, replicationFactor: 1 }]);
    // Somebody was faster with a few of them.
    await send(0, 10);
    assert.match(await replay('--all'), /240 messages in the archive, 10 of them .* already, 230 sent$/);
    assert.equal([...(await read(TOPIC, MESSAGES)).values()].flat().length, MESSAGES);
    const groups = await replay('--all');
    assert.match(groups, / 0 sent$/);
  });

  it('says what is missing on its command line', async () => {
    const wrong = await replay('--topic', TOPIC, '--to-topic', 'nowhere').catch(
      (error: { stderr: string }) => error.stderr,
    );
    assert.match(wrong, /topic nowhere does not exist: create it first/);
  });
});
