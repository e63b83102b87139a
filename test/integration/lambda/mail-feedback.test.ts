import assert from 'node:assert/strict';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createMailFeedback } from '#operator/external/mail-feedback.ts';
import { createMailIdentity } from '#operator/external/mail-identity.ts';
import { createBucket } from '#operator/external/s3.ts';
import { createQueues } from '#operator/external/sqs.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { ACCOUNT, apply, clientOptions } from './function-stage.ts';

const BUCKET = 'tickets';
const FROM = 'tickets@example.com';

type Handler = (event: { Records: { messageId: string; body: string }[] }) => Promise<unknown>;

/** The addresses are those of SES's mailbox simulator, which AWS has too. */
describe('mails that come back', function () {
  this.timeout(180_000);
  let backing: Backing<'aws'>;
  let s3: S3Client;
  let sqs: SQSClient;
  let feedbackUrl: string;
  let handler: Handler;
  const envBefore = { ...process.env };
  const clients: { destroy(): void }[] = [];

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
    const options = clientOptions(backing);
    s3 = new S3Client({ ...options, forcePathStyle: true });
    sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
    const ses = new SESv2Client(options);
    const events = new EventBridgeClient(options);
    clients.push(s3, sqs, ses, events);
    await apply(createBucket(s3), { name: BUCKET, region: 'us-east-1', expiring: [] });
    await apply(createMailIdentity(ses), { identity: FROM });
    const queue = (name: string) => ({
      ...{
        name,
        visibilityTimeoutSeconds: 15,
        maxReceives: 5,
        arnPrefix: `arn:aws:sqs:us-east-1:${ACCOUNT}`,
        tags: {},
      },
    });
    const queues = await apply(createQueues(sqs), [queue('tb-mail-feedback')]);
    const { url = '', arn: queueArn = '' } = queues.get('tb-mail-feedback') ?? {};
    feedbackUrl = url;
    const feedback = { configurationSet: 'tb-mail', rule: 'tb-mail-feedback', queueArn, tags: {} };
    const busArn = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
    await apply(createMailFeedback(ses, events), { ...feedback, busArn });
    Object.assign(process.env, {
      ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, LOG_LEVEL: 'fatal' },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...{ TICKET_BUCKET: BUCKET, MAIL_FROM: FROM, MAIL_CONFIGURATION_SET: 'tb-mail' },
      PUBLIC_URL: 'https://tickets.example',
    });
    ({ handler } = (await import('#lambda/email-sender/handler.ts')) as { handler: Handler });
  });
  after(async () => {
    process.env = envBefore;
    for (const client of clients) client.destroy();
    await backing?.stop();
  });

  async function order(orderId: string, email: string): Promise<void> {
    const data = {
      ...{ orderId, code: 'TB1', email, language: 'vi', total: { amountMinor: '1000', currency: 'VND' } },
      event: { name: 'Đêm nhạc', startTime: '2027-03-20T12:30:00Z', timeZone: 'Asia/Ho_Chi_Minh' },
      tickets: [{ id: `t-${orderId}`, className: 'GA', qrPayload: 'TB1' }],
    };
    const envelope = { id: orderId, type: 'order.paid', time: '2027-01-01T00:00:00Z', key: orderId, data };
    await handle([JSON.stringify(envelope)]);
  }

  async function handle(bodies: readonly string[]): Promise<void> {
    const Records = bodies.map((body, n) => ({ messageId: `m-${n}`, body }));
    assert.deepEqual(await handler({ Records }), { batchItemFailures: [] });
  }

  /** As the event source mapping does: whatever SES has said so far. */
  async function hearFeedback(count: number): Promise<void> {
    const bodies: string[] = [];
    for (let n = 0; n < 50 && bodies.length < count; n++) {
      const input = { QueueUrl: feedbackUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
      bodies.push(...Messages.map(({ Body = '' }) => Body));
    }
    assert.equal(bodies.length, count);
    await handle(bodies);
  }

  /** What the objects under a prefix hold. */
  async function objects(Prefix: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
    return await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        return (await Body?.transformToString()) ?? '';
      }),
    );
  }

  const mailsTo = async (address: string): Promise<number> => {
    const { messages } = (await (await fetch(backing.aws.mailboxUrl)).json()) as {
      messages: Record<string, { To: string[] }[]>;
    };
    return Object.values(messages)
      .flat()
      .filter(({ To }) => To[0] === address).length;
  };

  it('park the address that is gone and the one that calls us spam, and nobody else', async () => {
    await order('o-bounce', 'bounce+one@simulator.amazonses.com');
    await order('o-complaint', 'complaint@simulator.amazonses.com');
    await order('o-good', 'success@simulator.amazonses.com');
    await hearFeedback(2);
    const parked = (await objects('mail/parked/')).map((text) => JSON.parse(text) as Record<string, string>);
    assert.deepEqual(parked.map(({ orderId, reason }) => [orderId, reason]).sort(), [
      ['o-bounce', 'bounce: Permanent General'],
      ['o-complaint', 'complaint: abuse'],
    ]);
    assert.equal((await objects('tickets/o-good.mail-sent')).length, 1);
  });

  it('and the next order of such an address is parked instead of sent', async () => {
    await order('o-again', 'bounce+one@simulator.amazonses.com');
    const [mark = ''] = await objects('tickets/o-again.mail-parked');
    assert.match(mark, /bounce: Permanent/);
    assert.equal(await mailsTo('bounce+one@simulator.amazonses.com'), 1);
    assert.equal((await objects('mail/parked/')).length, 2);
  });
});
