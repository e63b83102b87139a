import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '#runtime/clock.ts';
import type { KafkaPort } from '#runtime/kafka.ts';
import { readArchive, type TimeRange } from './archive-objects.ts';
import { messageId } from './archived-record.ts';
import { replayPlan } from './replay-plan.ts';

export interface ReplayRequest extends TimeRange {
  readonly bucket: string;
  readonly topic: string;
  /** Where the messages go. */
  readonly toTopic: string;
  /** Says what would be sent. */
  readonly dryRun: boolean;
}

export interface Replayed {
  readonly archived: number;
  readonly copies: number;
  readonly gaps: readonly string[];
  /** Messages that the topic holds already. */
  readonly present: number;
  readonly sent: number;
}

const BATCH = 500;

/**
 * Puts back into Kafka what the archive has and the topic has not, in the order of the keys. Running it twice, or again after
 * it broke off, sends nothing twice: the topic itself is read first. Two at once would.
 */
export async function replay(
  { s3, kafka, clock }: { readonly s3: S3Client; readonly kafka: KafkaPort; readonly clock: Clock },
  request: ReplayRequest,
): Promise<Replayed> {
  const { bucket, topic, toTopic, dryRun } = request;
  const { records, copies, gaps } = replayPlan(await readArchive(s3, bucket, topic, request));
  const known = records.length === 0 ? new Set<string>() : await idsIn(kafka, clock, toTopic);
  const missing = records.filter(({ id }) => !known.has(id));
  if (!dryRun && missing.length > 0) {
    const producer = kafka.producer();
    try {
      for (let at = 0; at < missing.length; at += BATCH) await producer.send(toTopic, missing.slice(at, at + BATCH));
    } finally {
      await producer.close();
    }
  }
  return {
    archived: records.length,
    copies,
    gaps,
    present: records.length - missing.length,
    sent: dryRun ? 0 : missing.length,
  };
}

/** Ids of everything that a topic holds now. */
async function idsIn(kafka: KafkaPort, clock: Clock, topic: string): Promise<Set<string>> {
  const ids = new Set<string>();
  const groupId = `replay-${topic}-${randomUUID()}`;
  const admin = kafka.admin();
  try {
    if (!(await admin.listTopics()).includes(topic))
      throw new Error(`topic ${topic} does not exist: create it first, or name another one with --to-topic`);
    if ((await admin.groupLag(groupId, topic)) === 0) return ids;
    const consumer = kafka.runConsumer({
      groupId,
      topics: [topic],
      clock,
      concurrency: 8,
      maxBatch: 10_000,
      batchHandler: async (messages) => {
        for (const { key, value } of messages) ids.add(messageId(key, value));
      },
    });
    try {
      while ((await admin.groupLag(groupId, topic)) > 0) await clock.sleep(200);
    } finally {
      await consumer.stop();
      await admin.deleteGroups([groupId]);
    }
    return ids;
  } finally {
    await admin.close();
  }
}
