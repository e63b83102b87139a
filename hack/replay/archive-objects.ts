import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { ARCHIVE_PREFIX, archivePrefix } from '#proto/names.ts';
import { type ArchivedRecord, archivedRecord } from './archived-record.ts';
import { jsonObjects } from './json-stream.ts';

export interface TimeRange {
  /** Ms since the epoch; `to` itself is outside. */
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 24 * 3600_000;
/** Pipes that stood still, and Firehose when S3 was away, bring records later than they were made. */
const LATE_MS = 2 * DAY_MS;
const GZIP = [0x1f, 0x8b] as const;

/** Topics that the archive knows. */
export async function archivedTopics(client: S3Client, Bucket: string): Promise<string[]> {
  const topics: string[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: ARCHIVE_PREFIX, Delimiter: '/' }))
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) topics.push(Prefix.slice(ARCHIVE_PREFIX.length, -1));
  return topics.filter((topic) => topic !== 'failed');
}

/** All records of a topic that Kafka took in this time, in no order, copies included. */
export async function readArchive(
  client: S3Client,
  bucket: string,
  topic: string,
  { from, to }: TimeRange,
): Promise<ArchivedRecord[]> {
  const found: ArchivedRecord[] = [];
  for (const day of daysOf(from, to + LATE_MS)) {
    const Prefix = `${archivePrefix(topic)}${day}/`;
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
      // A few at a time: objects hold up to 16 MB.
      const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
      for (let at = 0; at < keys.length; at += 16) {
        const some = await Promise.all(keys.slice(at, at + 16).map((key) => readObject(client, bucket, key)));
        found.push(...some.flat().filter(({ timestamp }) => timestamp >= from && timestamp < to));
      }
    }
  }
  return found;
}

async function readObject(client: S3Client, Bucket: string, Key: string): Promise<ArchivedRecord[]> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  const text = bytes[0] === GZIP[0] && bytes[1] === GZIP[1] ? gunzipSync(bytes) : bytes;
  try {
    return [...jsonObjects(text.toString())].map(archivedRecord);
  } catch (cause) {
    throw new Error(`${Key} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** `2027/03/20`, each day that the range touches. */
function daysOf(from: number, to: number): string[] {
  const days: string[] = [];
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < to; day += DAY_MS)
    days.push(new Date(day).toISOString().slice(0, 10).replaceAll('-', '/'));
  return days;
}
