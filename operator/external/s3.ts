import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
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

/** The bucket of ticket PDFs: there, and closed to the public. */
export function createBucket(client: S3Client): Adapter<DesiredBucket, ObservedBucket, BucketChange> {
  return {
    async observe({ name }, abortSignal) {
      const head = await absent(client.send(new HeadBucketCommand({ Bucket: name }), { abortSignal }));
      if (head === undefined) return { exists: false, private: false };
      const block = await absent(
        client.send(new GetPublicAccessBlockCommand({ Bucket: name }), { abortSignal }),
        'NoSuchPublicAccessBlockConfiguration',
      );
      const switches = block?.PublicAccessBlockConfiguration;
      const closed = Object.keys(BLOCK_ALL).every((key) => switches?.[key as keyof typeof BLOCK_ALL] === true);
      return { exists: true, private: closed };
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
  return [];
}
