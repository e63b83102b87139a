import { ARCHIVE_PREFIX, archivePrefix } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { DesiredStream } from '../external/firehose.ts';
import type { PolicyStatement } from '../external/iam.ts';
import { OWNER_TAG } from '../external/lambda-desired.ts';
import type { Account } from './account.ts';
import { wantedTopics } from './kafka-topics.ts';
import { archiveObject, cloudObject, ownerOf } from './names.ts';

/**
 * The archive of events: each topic goes through a pipe and a Firehose stream into the ticket bucket, where it stays for
 * `retentionDays`. hack/replay puts it back. Pure.
 */

export const isArchived = ({ spec }: TicketBottlePlatform): boolean => spec.storage.eventArchive.enabled;

/** The archived objects go away by themselves, also those of an archive that was turned off. */
export const archiveExpiry = ({ spec }: TicketBottlePlatform) => [
  { prefix: ARCHIVE_PREFIX, days: spec.storage.eventArchive.retentionDays },
];

export const archiveRoleName = (platform: TicketBottlePlatform): string => cloudObject(platform, 'archive');

export const archivedTopics = (platform: TicketBottlePlatform): string[] =>
  wantedTopics(platform).map(({ name }) => name);

export const streamArn = (platform: TicketBottlePlatform, { accountId, region }: Account, topic: string): string =>
  `arn:aws:firehose:${region}:${accountId}:deliverystream/${archiveObject(platform, topic)}`;

export function desiredStreams(platform: TicketBottlePlatform, roleArn: string): DesiredStream[] {
  return archivedTopics(platform).map((topic) => ({
    name: archiveObject(platform, topic),
    bucket: platform.spec.storage.ticketBucket,
    prefix: archivePrefix(topic),
    errorPrefix: `${ARCHIVE_PREFIX}failed/${topic}/!{firehose:error-output-type}/`,
    roleArn,
    tags: { [OWNER_TAG]: ownerOf(platform) },
  }));
}

/** What Firehose may do. */
export function archiveStatements({ spec }: TicketBottlePlatform): PolicyStatement[] {
  const bucket = `arn:aws:s3:::${spec.storage.ticketBucket}`;
  return [
    {
      actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      resources: [bucket],
    },
    { actions: ['s3:AbortMultipartUpload', 's3:PutObject'], resources: [`${bucket}/${ARCHIVE_PREFIX}*`] },
  ];
}
