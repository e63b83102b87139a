import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreatePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { archivePrefix, TOPIC } from '#proto/names.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';
import { pause } from './fault.ts';

const BUCKET = 'ticketbottle-tickets';
const ROLE = 'arn:aws:iam::000000000000:role/archive';
const group = (topic: string) => `archive-${topic}`;

/** Every topic goes through a pipe and a Firehose stream into a bucket, as the operator sets it up. */
export async function startEventArchive({ backing }: Shop) {
  const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const [s3, firehose, pipes] = [
    new S3Client({ ...options, forcePathStyle: true }),
    new FirehoseClient(options),
    new PipesClient(options),
  ];
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  for (const topic of Object.values(TOPIC)) {
    const name = `archive-${topic}`;
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: name,
        DeliveryStreamType: 'DirectPut',
        ExtendedS3DestinationConfiguration: {
          BucketARN: `arn:aws:s3:::${BUCKET}`,
          RoleARN: ROLE,
          Prefix: archivePrefix(topic),
          CompressionFormat: 'GZIP',
        },
      }),
    );
    await pipes.send(
      new CreatePipeCommand({
        ...{ Name: name, RoleArn: ROLE, Source: `smk://${backing.kafka.brokers[0]}`, DesiredState: 'RUNNING' },
        Target: `arn:aws:firehose:${region}:000000000000:deliverystream/${name}`,
        SourceParameters: {
          SelfManagedKafkaParameters: {
            ...{ TopicName: topic, ConsumerGroupID: group(topic), StartingPosition: 'TRIM_HORIZON', BatchSize: 100 },
          },
        },
      }),
    );
  }
  for (const client of [s3, firehose, pipes]) client.destroy();

  return {
    /** Waits until everything that stands in Kafka stands in the bucket. */
    async complete(): Promise<void> {
      const admin = createKafka({
        brokers: backing.kafka.brokers,
        clientId: 'faults-archive',
        log: silentLogger(),
      }).admin();
      try {
        for (const topic of Object.values(TOPIC))
          for (const end = performance.now() + 60_000; (await admin.groupLag(group(topic), topic)) > 0; ) {
            if (performance.now() > end) throw new Error(`${topic} is not in the archive after a minute`);
            await pause(200);
          }
      } finally {
        await admin.close();
      }
    },
    /** Runs `npm run replay -- --all` and returns what it says. */
    async replay(root: string, from: Date): Promise<string> {
      const env = {
        ...{ PATH: process.env['PATH'], KAFKA_BROKERS: backing.kafka.brokers.join(), AWS_ENDPOINT_URL: endpoint },
        ...{ AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      };
      const args = [join(root, 'hack/replay/main.ts'), '--bucket', BUCKET, '--from', from.toISOString(), '--all'];
      return (await promisify(execFile)(process.execPath, args, { env })).stdout.trim();
    },
  };
}

export type EventArchive = Awaited<ReturnType<typeof startEventArchive>>;
