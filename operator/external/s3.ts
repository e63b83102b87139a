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
}

export interface ObservedBucket {
  readonly exists: boolean;
  /** All four switches of the public access block are on. */
  readonly private: boolean;
  /** Old objects go to the cheaper class, uploads that broke off go away. */
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

/** Tickets are read around their event and kept for those who ask years later: nothing expires, it only gets cheaper. */
const LIFECYCLE: LifecycleRule[] = [
  {
    ID: 'ticketbottle-tickets',
    Status: 'Enabled',
    Filter: { Prefix: 'tickets/' },
    Transitions: [{ Days: 90, StorageClass: 'STANDARD_IA' }],
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  },
];

/** The bucket of ticket PDFs: there, closed to the public, with its lifecycle. */
export function createBucket(client: S3Client): Adapter<DesiredBucket, ObservedBucket, BucketChange> {
  return {
    async observe({ name }, abortSignal) {
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
      return { exists: true, private: closed, lifecycle: LIFECYCLE.every((rule) => hasRule(rules?.Rules, rule)) };
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
        const others = (known?.Rules ?? []).filter(({ ID }) => !LIFECYCLE.some((rule) => rule.ID === ID));
        await client.send(
          new PutBucketLifecycleConfigurationCommand({
            Bucket: bucket.name,
            LifecycleConfiguration: { Rules: [...others, ...LIFECYCLE] },
          }),
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
    transition?.StorageClass === want.Transitions?.[0]?.StorageClass
  );
}
