import assert from 'node:assert/strict';
import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createBucket } from '#operator/external/s3.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { differences } from '../external/converging.ts';
import { apply, clientOptions } from './function-stage.ts';

const Bucket = 'kept-and-dropped';

describe('the bucket of the tickets', function () {
  this.timeout(120_000);
  let backing: Backing<'aws'>;
  let s3: S3Client;
  const bucket = {
    ...{ name: Bucket, region: 'us-east-1' },
    expiring: [
      { prefix: 'tickets/', days: 730, cheaperAfterDays: 90 },
      { prefix: 'events/', days: 90 },
    ],
  };

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    s3 = new S3Client({ ...clientOptions(backing), forcePathStyle: true });
  });
  after(async () => {
    s3?.destroy();
    await backing?.stop();
  });

  const rules = async () =>
    new Map(
      ((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules ?? []).map((rule) => [
        rule.ID,
        [rule.Filter?.Prefix, rule.Transitions?.[0]?.Days, rule.Expiration?.Days],
      ]),
    );

  it('drops tickets and archived events after their days', async () => {
    await apply(createBucket(s3), bucket);
    assert.deepEqual(
      await rules(),
      new Map([
        ['ticketbottle-tickets', ['tickets/', 90, 730]],
        ['ticketbottle-events', ['events/', undefined, 90]],
      ]),
    );
  });

  it('is brought back when somebody lets tickets go early or stay for ever, and keeps the rules of others', async () => {
    const theirs = { ID: 'mine', Status: 'Enabled' as const, Filter: { Prefix: 'x/' }, Expiration: { Days: 1 } };
    const rule = { ...{ ID: 'ticketbottle-tickets', Status: 'Enabled' as const }, Filter: { Prefix: 'tickets/' } };
    const Transitions = [{ Days: 90, StorageClass: 'STANDARD_IA' as const }];
    for (const byHand of [
      { ...rule, Transitions, Expiration: { Days: 91 } },
      { ...rule, Transitions },
    ]) {
      const LifecycleConfiguration = { Rules: [theirs, byHand] };
      await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
      assert.deepEqual(await differences(createBucket(s3), bucket), [`bucket ${Bucket}: lacks its lifecycle`]);
      await apply(createBucket(s3), bucket);
      assert.deepEqual(await differences(createBucket(s3), bucket), []);
      assert.deepEqual([...(await rules()).keys()].sort(), ['mine', 'ticketbottle-events', 'ticketbottle-tickets']);
      assert.deepEqual((await rules()).get('ticketbottle-tickets'), ['tickets/', 90, 730]);
    }
  });
});
