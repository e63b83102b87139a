import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { createMailIdentity } from '#operator/external/mail-identity.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { apply, clientOptions } from './function-stage.ts';

const BUCKET = 'tickets';
const FROM = 'tickets@example.com';

type Handler = (event: { Records: { messageId: string; body: string }[] }) => Promise<unknown>;

describe('mails about refunds', function () {
  this.timeout(180_000);
  let backing: Backing<'aws'>;
  let s3: S3Client;
  let handler: Handler;
  let slowSes: SlowSes;
  const envBefore = { ...process.env };

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
    const options = clientOptions(backing);
    s3 = new S3Client({ ...options, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const ses = new SESv2Client(options);
    await apply(createMailIdentity(ses), { identity: FROM });
    ses.destroy();
    slowSes = await startSlowSes(endpoint);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_SESV2: slowSes.url,
      ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, LOG_LEVEL: 'fatal' },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...{ TICKET_BUCKET: BUCKET, MAIL_FROM: FROM, PUBLIC_URL: 'https://tickets.example' },
    });
    // It reads its environment when it is loaded: one of our own, beside those of other tests.
    const file = `${import.meta.resolve('#lambda/email-sender/handler.ts')}?refund-mail`;
    ({ handler } = (await import(file)) as { handler: Handler });
  });
  after(async () => {
    process.env = envBefore;
    s3?.destroy();
    slowSes?.server.close();
    await backing?.stop();
  });

  const common = (orderId: string) => ({
    ...{ orderId, code: 'TB1', email: `${orderId}@example.com`, language: 'en', rehearsal: false },
    event: { name: 'Night', startTime: '2027-03-20T12:30:00Z', timeZone: 'Asia/Ho_Chi_Minh' },
  });
  const message = (type: string, orderId: string, data: object) =>
    JSON.stringify({ id: `${type}:${orderId}`, type, time: '2027-01-01T00:00:00Z', key: orderId, data });
  const paid = (orderId: string) =>
    message('order.paid', orderId, {
      ...common(orderId),
      total: { amountMinor: '500000', currency: 'VND' },
      tickets: [{ id: `t-${orderId}`, className: 'GA', qrPayload: 'TB1' }],
    });
  const refunded = (orderId: string, email = `${orderId}@example.com`) =>
    message('order.refunded', orderId, {
      ...{ ...common(orderId), email, provider: 'payos', reason: 'EVENT_CANCELLED' },
      ...{ refunded: { amountMinor: '500000', currency: 'VND' }, refundTime: '2027-01-01T00:00:00Z' },
      ...{ lines: [{ className: 'GA', quantity: 1 }], tickets: [{ id: `t-${orderId}`, className: 'GA' }] },
    });
  const handle = (...bodies: string[]) =>
    handler({ Records: bodies.map((body, n) => ({ messageId: `m-${n}`, body })) });
  const DONE = { batchItemFailures: [] };
  const mailsTo = async (address: string) => {
    const { messages } = (await (await fetch(backing.aws.mailboxUrl)).json()) as {
      messages: Record<string, { To: string[]; Subject: string; BodyText: string; BodyHtml: string }[]>;
    };
    return Object.values(messages)
      .flat()
      .filter(({ To }) => To[0] === address);
  };
  const subjectsFor = async (orderId: string) =>
    (await mailsTo(`${orderId}@example.com`)).map(({ Subject }) => Subject.split(':')[0]);

  it('wait within their call while SES takes no more, instead of going back to the queue', async () => {
    const orderId = randomUUID();
    slowSes.refuse = 8;
    assert.deepEqual(await handle(refunded(orderId)), DONE);
    assert.equal(slowSes.refuse, 0);
    assert.equal((await mailsTo(`${orderId}@example.com`)).length, 1);
  });

  it('reach the buyer once, after the tickets, however often the message comes', async () => {
    const orderId = randomUUID();
    assert.deepEqual(await handle(paid(orderId)), DONE);
    for (let n = 0; n < 3; n++) assert.deepEqual(await handle(refunded(orderId)), DONE);
    assert.deepEqual(await subjectsFor(orderId), ['Your tickets', 'Your refund']);
    const [, mail] = await mailsTo(`${orderId}@example.com`);
    for (const text of [mail?.BodyText, mail?.BodyHtml]) {
      assert.match(text ?? '', /given back all of your ₫500,000/);
      assert.match(text ?? '', /not valid any more/);
    }
  });

  it('are the last word: who comes after them is not told that the tickets are ready', async () => {
    const orderId = randomUUID();
    assert.deepEqual(await handle(refunded(orderId)), DONE);
    assert.deepEqual(await handle(paid(orderId)), DONE);
    assert.deepEqual(await subjectsFor(orderId), ['Your refund']);
  });

  it('are parked with the reason where the address takes none', async () => {
    const orderId = randomUUID();
    const address = 'gone@example.com';
    const { parkedKey } = await import('#lambda/email-sender/parked-addresses.ts');
    const Body = JSON.stringify({ reason: 'bounce: Permanent General' });
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: parkedKey(address), Body }));
    assert.deepEqual(await handle(refunded(orderId, address)), DONE);
    assert.deepEqual(await mailsTo(address), []);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `tickets/${orderId}` }));
    assert.ok(Contents.some(({ Key }) => Key?.endsWith('.mail-parked-refunded.json')));
  });

  it('tell of money that was not the price, once for each time that some went back, beside those of the order', async () => {
    const orderId = randomUUID();
    const vnd = (amountMinor: string) => ({ amountMinor, currency: 'VND' });
    const returned = (returnId: string, received: string, back: string) =>
      message('order.money-returned', orderId, {
        ...{ ...common(orderId), provider: 'payos', reason: 'SURPLUS', returnId, returnTime: '2027-01-01T00:00:00Z' },
        ...{ received: vnd(received), owed: vnd('500000'), returned: vnd(back) },
      });
    const [first, second] = [
      returned('SURPLUS-100000', '600000', '100000'),
      returned('SURPLUS-600000', '1000000', '500000'),
    ];
    for (const body of [paid(orderId), first, first, second, first, refunded(orderId), second])
      assert.deepEqual(await handle(body), DONE);
    const mails = await mailsTo(`${orderId}@example.com`);
    const about = 'Money back for your order';
    assert.deepEqual(await subjectsFor(orderId), ['Your tickets', about, about, 'Your refund']);
    for (const text of [mails[1]?.BodyText, mails[1]?.BodyHtml])
      for (const part of ['₫600,000', '₫500,000', '₫100,000', 'within one working day'])
        assert.ok(text?.includes(part), `${part} in ${text}`);
  });

  it('are kept for later while a message is of a kind that this version does not know', async () => {
    const orderId = randomUUID();
    const answer = await handle(message('order.moved', orderId, common(orderId)), refunded(orderId));
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm-0' }] });
    assert.deepEqual(await subjectsFor(orderId), ['Your refund']);
  });
});

/** SES of the local endpoint, behind a door that answers as SES does to an account that sends too fast. */
interface SlowSes {
  readonly url: string;
  readonly server: Server;
  /** How many requests are refused from now on. */
  refuse: number;
}

async function startSlowSes(endpoint: string): Promise<SlowSes> {
  const server = createServer((request, response) => {
    if (slow.refuse > 0) {
      slow.refuse--;
      response.writeHead(429, { 'content-type': 'application/json', 'x-amzn-errortype': 'TooManyRequestsException' });
      response.end(JSON.stringify({ message: 'Maximum sending rate exceeded.' }));
      return;
    }
    const onward = httpRequest(
      new URL(request.url ?? '/', endpoint),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const slow: SlowSes = { url: `http://127.0.0.1:${port}`, server, refuse: 0 };
  return slow;
}
