import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { ARCHIVE_PREFIX, archivePrefix } from '#proto/names.ts';
import type { KafkaAdmin } from '#runtime/kafka.ts';
import { type BackupState, newestOf } from './backup-state.ts';

export interface WantedArchive {
  readonly bucket: string;
  readonly topics: readonly string[];
  readonly maxLag: string;
  readonly maxLagMs: number;
}

export interface ObservedArchive {
  readonly lastObject: number | undefined;
  /** Topics with records that are older than allowed and younger than all that is archived of them. */
  readonly behind: readonly string[];
  /** Firehose put records aside that it could not write. */
  readonly failed: boolean;
}

const HOUR_MS = 3600_000;
/** How far back the archive is read: a topic that was quiet for longer has nothing that could be missing. */
const LOOK_BACK_MS = 24 * HOUR_MS;

/** A quiet topic has no new objects, so Kafka is asked whether there is anything that should have been archived. */
export async function observeArchive(
  s3: S3Client,
  kafka: KafkaAdmin,
  { bucket, topics, maxLagMs }: WantedArchive,
  nowMs: number,
  signal: AbortSignal,
): Promise<ObservedArchive> {
  const since = nowMs - LOOK_BACK_MS;
  const existing = new Set(await kafka.listTopics());
  const newest = new Map<string, number | undefined>();
  for (const topic of topics) newest.set(topic, await newestObject(s3, bucket, archivePrefix(topic), since, signal));
  const behind: string[] = [];
  for (const topic of topics.filter((one) => existing.has(one))) {
    const from = newest.get(topic) ?? since;
    if (await kafka.hasRecords(topic, from, nowMs - maxLagMs)) behind.push(topic);
  }
  const failed = await newestObject(s3, bucket, `${ARCHIVE_PREFIX}failed/`, undefined, signal, since);
  const moments = [...newest.values()].map((at) => (at === undefined ? undefined : new Date(at)));
  return { lastObject: newestOf(moments), behind, failed: failed !== undefined };
}

/** Keys hold the hour in which Firehose got their records, so those of earlier hours need not be listed. */
async function newestObject(
  s3: S3Client,
  Bucket: string,
  Prefix: string,
  sinceHour: number | undefined,
  abortSignal: AbortSignal,
  modifiedSince = 0,
): Promise<number | undefined> {
  const start = sinceHour === undefined ? {} : { StartAfter: `${Prefix}${hourOf(sinceHour)}/` };
  const moments: (Date | undefined)[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket, Prefix, ...start },
    { abortSignal },
  ))
    moments.push(...Contents.map(({ LastModified }) => LastModified));
  const found = newestOf(moments);
  return found === undefined || found < modifiedSince ? undefined : found;
}

const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, '/');

export function archivedEvents(want: WantedArchive, found: ObservedArchive): BackupState {
  const problems: string[] = [];
  if (found.behind.length > 0)
    problems.push(
      `records of ${found.behind.join(', ')} are not in bucket ${want.bucket} ${want.maxLag} after Kafka took them: see TriggersReady, and the pipes and Firehose streams of these topics`,
    );
  if (found.failed)
    problems.push(
      `Firehose could not write some records of the last day: they lie in s3://${want.bucket}/${ARCHIVE_PREFIX}failed/ with the reason`,
    );
  return { how: `archive of events in bucket ${want.bucket}`, lastAt: found.lastObject, problems };
}
