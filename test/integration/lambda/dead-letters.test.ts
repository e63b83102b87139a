import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { createEventSourceMappings } from '#operator/external/event-source-mappings.ts';
import { createBucket } from '#operator/external/s3.ts';
import { createQueues } from '#operator/external/sqs.ts';
import { ticketPdfKey } from '#proto/names.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { ACCOUNT, apply, bundleOf, clientOptions, createStage, desiredFunction, type Stage } from './function-stage.ts';

const NAME = 'tb-pdf-generator';
const BUCKET = 'tickets';
const ARN = `arn:aws:sqs:us-east-1:${ACCOUNT}`;

describe('a paid order that its function cannot handle', function () {
  this.timeout(120_000);
  let backing: Backing<'aws'>;
  let stage: Stage;
  let s3: S3Client;
  let sqs: SQSClient;
  let urls: { readonly queue: string; readonly letters: string };

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    stage = createStage(backing);
    s3 = new S3Client({ ...clientOptions(backing), forcePathStyle: true });
    sqs = new SQSClient({ ...clientOptions(backing), useQueueUrlAsEndpoint: false });
    const queue = { name: NAME, visibilityTimeoutSeconds: 1, maxReceives: 2, arnPrefix: ARN, tags: {} };
    const queues = await apply(createQueues(sqs), [queue]);
    urls = { queue: queues.get(NAME)?.url ?? '', letters: queues.get(`${NAME}-dlq`)?.url ?? '' };
    const env = { AWS_ENDPOINT_URL: backing.aws.endpoint, LOG_LEVEL: 'info', TICKET_BUCKET: BUCKET };
    await stage.roll(desiredFunction(NAME, await bundleOf('pdf-generator'), env));
    const mapping = {
      ...{ functionName: NAME, alias: 'live', queueArn: `${ARN}:${NAME}` },
      ...{ batchSize: 10, maxConcurrency: undefined, enabled: true },
    };
    await apply(createEventSourceMappings(stage.lambda), [mapping]);
  });
  after(async () => {
    s3?.destroy();
    sqs?.destroy();
    stage?.close();
    await backing?.stop();
  });

  const letters = async () => {
    const input = { QueueUrl: urls.letters, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 0 };
    return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
  };

  it('waits in the dead-letter queue, and once the cause is mended and it is put back, the buyer has the tickets', async () => {
    const data = {
      ...{ orderId: 'o-1', code: 'TB1', email: 'a@example.com', fullName: 'Ánh', language: 'vi', rehearsal: false },
      total: { amountMinor: '1000', currency: 'VND' },
      event: { name: 'Đêm nhạc', startTime: '2027-03-20T12:30:00Z', timeZone: 'Asia/Ho_Chi_Minh', venue: {} },
      tickets: [{ id: 't-1', className: 'GA', qrPayload: 'TB1.o-1' }],
    };
    const envelope = { id: 'm-1', type: 'order.paid', time: '2027-01-01T00:00:00Z', key: 'o-1', data };
    // There is no bucket: nothing can be written.
    await sqs.send(new SendMessageCommand({ QueueUrl: urls.queue, MessageBody: JSON.stringify(envelope) }));
    let found = await letters();
    for (let n = 0; n < 30 && found.length === 0; n++) found = await letters();
    assert.equal(found.length, 1);
    const [{ Body = '' } = {}] = found;
    assert.deepEqual(JSON.parse(Body), envelope);

    await apply(createBucket(s3), { name: BUCKET, region: 'us-east-1', expiring: [] });
    // `aws sqs start-message-move-task --source-arn ...`, as the runbook says: AWS knows where each letter came from.
    const SourceArn = `${ARN}:${NAME}-dlq`;
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
    const bytes = async () =>
      await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: ticketPdfKey('o-1'), ChecksumMode: 'ENABLED' })).then(
        ({ ContentLength, ChecksumSHA256 }) => ({ ContentLength, ChecksumSHA256 }),
        () => undefined,
      );
    for (let n = 0; n < 60 && (await bytes()) === undefined; n++) await sleep(250);
    const { ContentLength = 0, ChecksumSHA256 } = (await bytes()) ?? {};
    assert.ok(ContentLength > 10_000);
    assert.match(ChecksumSHA256 ?? '', /^[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual(await letters(), []);
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
    assert.deepEqual(
      Results.map(({ Status, ApproximateNumberOfMessagesMoved: moved }) => [Status, moved]),
      [['COMPLETED', 1]],
    );
  });
});
