/**
 * Puts events back into Kafka from the archive in S3 (docs/platform.md). Usable as often as one likes: what a topic holds
 * already is not sent again.
 *
 *   npm run replay -- --bucket BUCKET --from TIME [--to TIME] (--topic TOPIC... | --all) [--to-topic TOPIC] [--dry-run]
 *
 *   --from, --to  when Kafka took the records, RFC 3339; without --to until now
 *   --to-topic    another topic than the one they came from; with one --topic only
 *   --dry-run     says what would be sent
 *
 * Environment: KAFKA_BROKERS and the rest of docs/contracts.md for Kafka, that of the AWS SDK for S3. A topic's records of that
 * time are held in memory; replay long times day by day, in order.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '#runtime/clock.ts';
import { ConfigError, parseEnv } from '#runtime/config.ts';
import { createKafka } from '#runtime/kafka.ts';
import { argumentsOrUsage } from '#runtime/local/arguments.ts';
import { createLogger } from '#runtime/log.ts';
import { kafkaEnv } from '#runtime/service-env.ts';
import { archivedTopics } from './archive-objects.ts';
import { type ReplayRequest, replay } from './replay.ts';

const USAGE =
  'usage: replay --bucket BUCKET --from TIME [--to TIME] (--topic TOPIC... | --all) [--to-topic TOPIC] [--dry-run]';

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function instant(name: string, text: string | undefined, otherwise?: number): number {
  if (text === undefined && otherwise !== undefined) return otherwise;
  const ms = Date.parse(text ?? '');
  if (text === undefined || !/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(ms))
    fail(`--${name}: ${text ?? 'missing'}; write a time like 2027-03-20T10:00:00Z\n${USAGE}`);
  return ms;
}

const options = {
  bucket: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  topic: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  'to-topic': { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

const { values } = argumentsOrUsage(USAGE, { options });
const { bucket, topic: named = [], 'to-topic': toTopic, 'dry-run': dryRun = false } = values;
if (bucket === undefined || (named.length === 0) === (values.all !== true)) fail(USAGE);
if (toTopic !== undefined && named.length !== 1) fail(`--to-topic goes with exactly one --topic\n${USAGE}`);
const from = instant('from', values.from);
const to = instant('to', values.to, Date.now());

function brokers() {
  try {
    return parseEnv(process.env, kafkaEnv);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

const log = createLogger({ service: 'replay', level: 'error' });
const kafka = createKafka({ ...brokers(), clientId: 'replay', log });
const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
const topics = named.length > 0 ? named : await archivedTopics(s3, bucket);
if (topics.length === 0) fail(`bucket ${bucket} has no archived events`);
for (const topic of topics) {
  const request: ReplayRequest = { bucket, topic, toTopic: toTopic ?? topic, from, to, dryRun };
  const { archived, copies, gaps, present, sent } = await replay({ s3, kafka, clock: systemClock }, request);
  const did = dryRun ? `${archived - present} would be sent` : `${sent} sent`;
  console.log(
    `${topic}: ${archived} messages in the archive, ${present} of them in ${request.toTopic} already, ${did}`,
  );
  if (copies > 0) console.log(`  ${copies} copies passed over`);
  for (const gap of gaps.slice(0, 20)) console.log(`  not in the archive: ${gap}`);
  if (gaps.length > 20) console.log(`  and ${gaps.length - 20} more gaps`);
}
s3.destroy();
