import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';

export interface DesiredBucket {
  readonly name: string;
  readonly region: string;
  readonly expiring: readonly ExpiringPrefix[];
}

/** Objects that go away by themselves so many days after they were written. */
export interface ExpiringPrefix {
  readonly prefix: string;
  readonly days: number;
  /** When they move to the class that is cheap to keep and dear to read. */
  readonly cheaperAfterDays?: number;
}

export interface ObservedBucket {
  readonly exists: boolean;
  /** All four switches of the public access block are on. */
  readonly private: boolean;
  /** What expires goes away, and so do uploads that broke off. */
  readonly lifecycle: boolean;
}

export interface BucketChange extends Change {
  readonly bucket: DesiredBucket;
}

const BLOCK_ALL = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
} as const;

function lifecycleOf({ expiring }: DesiredBucket): LifecycleRule[] {
  return expiring.map(({ prefix, days, cheaperAfterDays }) => ({
    ID: `ticketbottle-${prefix.replaceAll('/', '')}`,
    Status: 'Enabled' as const,
    Filter: { Prefix: prefix },
    ...(cheaperAfterDays === undefined
      ? {}
      : { Transitions: [{ Days: cheaperAfterDays, StorageClass: 'STANDARD_IA' as const }] }),
    Expiration: { Days: days },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  }));
}

/** The bucket of tickets and archived events: there, closed to the public, with its lifecycle. */
export function createBucket(client: S3Client): Adapter<DesiredBucket, ObservedBucket, BucketChange> {
  return {
    async observe(bucket, abortSignal) {
      const { name } = bucket;
      const head = await absent(client.send(new HeadBucketCommand({ Bucket: name }), { abortSignal }));
      if (head === undefined) return { exists: false, private: false, lifecycle: false };
      const block = await absent(
        client.send(new GetPublicAccessBlockCommand({ Bucket: name }), { abortSignal }),
        'NoSuchPublicAccessBlockConfiguration',
      );
      const switches = block?.PublicAccessBlockConfiguration;
      const closed = Object.keys(BLOCK_ALL).every((key) => switches?.[key as keyof typeof BLOCK_ALL] === true);
      const rules = await absent(
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name }), { abortSignal }),
        'NoSuchLifecycleConfiguration',
      );
      return {
        exists: true,
        private: closed,
        lifecycle: lifecycleOf(bucket).every((rule) => hasRule(rules?.Rules, rule)),
      };
    },
    diff: diffBucket,
    async apply(changes, abortSignal) {
      for (const { action, bucket } of changes) {
        if (action === 'create') {
          // us-east-1 is the one region that must not be named.
          const where = bucket.region === 'us-east-1' ? {} : { LocationConstraint: bucket.region as 'eu-west-1' };
          const configuration = 'LocationConstraint' in where ? { CreateBucketConfiguration: where } : {};
          await client.send(new CreateBucketCommand({ Bucket: bucket.name, ...configuration }), { abortSignal });
        }
        await client.send(
          new PutPublicAccessBlockCommand({ Bucket: bucket.name, PublicAccessBlockConfiguration: BLOCK_ALL }),
          { abortSignal },
        );
        // The call replaces all rules: those of other people are kept.
        const known = await absent(
          client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.name }), { abortSignal }),
          'NoSuchLifecycleConfiguration',
        );
        const ours = lifecycleOf(bucket);
        const others = (known?.Rules ?? []).filter(({ ID }) => !ours.some((rule) => rule.ID === ID));
        const LifecycleConfiguration = { Rules: [...others, ...ours] };
        // One without rules is refused.
        if (LifecycleConfiguration.Rules.length > 0)
          await client.send(
            new PutBucketLifecycleConfigurationCommand({ Bucket: bucket.name, LifecycleConfiguration }),
            { abortSignal },
          );
      }
    },
    async remove({ name }, abortSignal) {
      for (;;) {
        const page = await absent(client.send(new ListObjectsV2Command({ Bucket: name }), { abortSignal }));
        if (page === undefined) return;
        const Objects = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
        if (Objects.length === 0) break;
        await client.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects } }), { abortSignal });
      }
      await absent(client.send(new DeleteBucketCommand({ Bucket: name }), { abortSignal }));
    },
  };
}

export function diffBucket(bucket: DesiredBucket, observed: ObservedBucket): BucketChange[] {
  const target = `bucket ${bucket.name}`;
  if (!observed.exists) return [{ target, action: 'create', reason: 'does not exist', bucket }];
  if (!observed.private) return [{ target, action: 'update', reason: 'is not closed to the public', bucket }];
  if (!observed.lifecycle) return [{ target, action: 'update', reason: 'lacks its lifecycle', bucket }];
  return [];
}

/** AWS adds fields with its own defaults to a rule, so only what we say is compared. */
function hasRule(found: readonly LifecycleRule[] | undefined, want: LifecycleRule): boolean {
  const have = found?.find(({ ID }) => ID === want.ID);
  const [transition] = have?.Transitions ?? [];
  return (
    have?.Status === want.Status &&
    transition?.Days === want.Transitions?.[0]?.Days &&
    transition?.StorageClass === want.Transitions?.[0]?.StorageClass &&
    have?.Filter?.Prefix === want.Filter?.Prefix &&
    have?.Expiration?.Days === want.Expiration?.Days
  );
}
