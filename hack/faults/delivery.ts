import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { TOPIC, ticketPdfKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { freePort } from '#runtime/local/shop/shop-process.ts';
import { silentLogger } from '#runtime/log.ts';
import type { Finding } from './audit.ts';
import { AwsProxy } from './aws-proxy.ts';
import { type Fault, type FaultContext, pause, until } from './fault.ts';
import { type Front, openFront } from './front.ts';
import { FunctionProcess } from './function-process.ts';
import { payAt } from './load.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const BUCKET = 'tickets';
/** A mail function that died while sending keeps the right to send for a minute. */
const CLAIM_ENDS_MS = 100_000;

/** Between buyer and shop, and between shop and mailbox. */
export const delivery: readonly Fault[] = [
  {
    number: 7,
    name: 'gateway-and-functions-killed',
    title:
      'gateway killed while it takes orders; PDF function after its PUT; mail function after sending and after noting it',
    async run(context) {
      const { shop, lasting, say } = context;
      await using stack = new AsyncDisposableStack();
      const front = stack.use(await openFront(shop));
      const functions = stack.use(await openFunctions(context));
      const buyers: Promise<Answered>[] = [];
      const calm = new AbortController();
      const rounds = lasting(5, 2);
      for (let round = 0; round < rounds; round++) {
        // Requests that the gateway has passed on and that nobody has answered; every second time they are answered meanwhile.
        const thaw = round % 2 === 0 ? shop.programs.order.freeze() : () => {};
        for (let count = 0; count < 4; count++) buyers.push(buyThrough(front, context, calm.signal));
        await pause(round % 2 === 0 ? 700 : 150);
        await front.gateway.stop('SIGKILL');
        thaw();
        await front.gateway.start();
      }
      calm.abort();
      const findings: Finding[] = [];
      for (const { userId, failed } of await Promise.all(buyers)) {
        if (failed !== undefined) findings.push({ kind: 'lost', invariant: 'I4', detail: failed });
        const { orders } = await shop.orders.listOrders({ userId, pageSize: 10 });
        if (orders.length !== 1)
          findings.push({
            kind: 'violated',
            invariant: 'I4',
            detail: `a buyer with one key has ${orders.length} orders`,
          });
      }
      say('waiting for documents and mails');
      await until('all functions were killed', async () => functions.kills.size === 3, 60_000);
      const due = functions.due; // buyers go on coming; these are waited for
      await until('documents and mails are out', async () => functions.idle, CLAIM_ENDS_MS).catch((error: Error) => {
        throw new Error(`${error.message}: ${functions.left}`);
      });
      findings.push(...(await functions.check(due)));
      return {
        note: `gateway killed ${rounds} times under ${buyers.length} buyers; functions killed after ${[...functions.kills.keys()].join(', ')}; ${functions.delivered} orders delivered, ${functions.redelivered} messages again`,
        findings,
      };
    },
  },
];

interface Answered {
  readonly userId: string;
  /** Why this buyer went away without an order. */
  readonly failed?: string;
}

/** From the last start of the gateway on: starting it takes as long as the machine likes, and no buyer gets through meanwhile. */
const PATIENCE_MS = 120_000;
/** Longer than the gateway itself waits for an order. */
const ANSWER_MS = 40_000;

/** A buyer at the gateway who asks again with the same key until answered, and pays. `calm`: the gateway is killed no more. */
async function buyThrough(
  front: Front,
  { shop, load, eventId, classId }: FaultContext,
  calm: AbortSignal,
): Promise<Answered> {
  const { userId, accessToken } = await front.aBuyer();
  const key = randomUUID();
  const body = JSON.stringify({
    ...{ eventId, lines: [{ ticketClassId: classId, quantity: 1 }], provider: 'zalopay' },
    admissionToken: await shop.admission(userId, eventId),
  });
  const headers = {
    ...{ authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', 'idempotency-key': key },
  };
  const ask = async () => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(`${front.url}/api/v1/orders`, { method: 'POST', headers, body, signal });
    return { status: answer.status, text: await answer.text() };
  };
  let end = Number.POSITIVE_INFINITY;
  let last = '';
  for (; performance.now() < end; await pause(300)) {
    if (calm.aborted) end = Math.min(end, performance.now() + PATIENCE_MS);
    const answer = await ask().catch((error: Error) => {
      last = `not answered: ${error.message} ${String(error.cause ?? '')}`;
    });
    if (answer === undefined) continue;
    last = `answered ${answer.status}: ${answer.text}`;
    if (answer.status >= 500 || answer.status === 429) continue;
    if (answer.status !== 201) break;
    const order = JSON.parse(answer.text) as { id: string; paymentUrl: string };
    load.note({ orderId: order.id, told: 'pending', paid: await payAt(shop, 'zalopay', order.paymentUrl, 'pay') });
    return { userId };
  }
  return { userId, failed: `a buyer's order was ${last}` };
}

/** The functions for documents and mails, fed with the paid orders of this sale as the queues would. */
async function openFunctions({ shop, eventId }: FaultContext) {
  await using stack = new AsyncDisposableStack();
  const { endpoint, region, accessKeyId, secretAccessKey } = shop.backing.aws;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  stack.defer(() => s3.destroy());
  const ses = new SESv2Client(options);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET })).catch(() => undefined); // of an earlier run
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'tickets@example.com' })).catch(() => undefined);
  ses.destroy();

  const folder = mkdtempSync(join(tmpdir(), 'tb-functions-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const build = ['hack/lambda/main.ts', '--unpacked', '--out', folder];
  const built = spawnSync(process.execPath, build, { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the functions were not built: ${built.stderr}`);
  const proxy = new AwsProxy();
  const proxied = await proxy.listen(endpoint, await freePort());
  stack.defer(() => proxy.close());
  const env = {
    ...{ AWS_ENDPOINT_URL: proxied, AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId },
    ...{ AWS_SECRET_ACCESS_KEY: secretAccessKey, TICKET_BUCKET: BUCKET, MAIL_FROM: 'tickets@example.com' },
    PUBLIC_URL: 'https://tickets.example',
  };
  const pdf = new FunctionProcess(join(folder, 'pdf-generator'), env);
  const mail = new FunctionProcess(join(folder, 'email-sender'), env);
  stack.defer(() => pdf.stop());
  stack.defer(() => mail.stop());

  const etagOf = async (key: string) =>
    (await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key })).catch(() => undefined))?.ETag;
  /** What was done when a function was killed, with the path of it. */
  const kills = new Map<'PUT' | 'sending' | 'noting', string>();
  let firstEtag: string | undefined;
  proxy.after = async ({ method, path }) => {
    if (method === 'PUT' && path.includes('.pdf') && !kills.has('PUT')) {
      kills.set('PUT', decodeURIComponent(path.split('?')[0] ?? '').replace(`/${BUCKET}/`, ''));
      firstEtag = await etagOf(kills.get('PUT') ?? '');
      pdf.kill();
    } else if (method === 'POST' && path.includes('outbound-emails') && !kills.has('sending')) {
      kills.set('sending', path);
      mail.kill();
    } else if (method === 'PUT' && path.includes('.mail-sent-') && !kills.has('noting')) {
      kills.set('noting', path);
      mail.kill();
    }
  };

  const emails = new Map<string, string>();
  const kafka = createKafka({ brokers: shop.backing.kafka.brokers, clientId: 'functions', log: silentLogger() });
  const consumer = kafka.runConsumer({
    groupId: `functions-${randomUUID()}`,
    topics: [TOPIC.orderPaid],
    clock: systemClock,
    handler: async ({ key, value }) => {
      const order = decodeEnvelope(value).data as Readonly<Record<'orderId' | 'eventId' | 'email', string>>;
      const { orderId, email } = order;
      if (order.eventId !== eventId || emails.has(orderId)) return 'done';
      emails.set(orderId, email);
      // As EventBridge Pipes hands a record on.
      const body = JSON.stringify({ topic: TOPIC.orderPaid, key, value: value.toString('base64') });
      pdf.deliver(body);
      mail.deliver(body);
      return 'done';
    },
    park: async () => {},
  });
  stack.use(consumer);

  const owned = stack.move();
  return {
    kills: kills as ReadonlyMap<string, string>,
    get idle() {
      return pdf.idle && mail.idle;
    },
    get left() {
      return `${pdf.waiting} documents and ${mail.waiting} mails wait, ${pdf.redelivered} and ${mail.redelivered} came again`;
    },
    get delivered() {
      return emails.size;
    },
    get redelivered() {
      return pdf.redelivered + mail.redelivered;
    },
    /** Orders that were handed to the functions so far, with their addresses. */
    get due(): readonly (readonly [orderId: string, email: string])[] {
      return [...emails];
    },
    async check(due: readonly (readonly [orderId: string, email: string])[]): Promise<Finding[]> {
      const findings: Finding[] = [];
      const counts = await mailsTo(shop);
      let twice = 0;
      for (const [orderId, email] of due) {
        if ((await etagOf(ticketPdfKey(orderId))) === undefined)
          findings.push({ kind: 'lost', invariant: 'I5', detail: `order ${orderId} has no document` });
        const mails = counts.get(email) ?? 0;
        if (mails === 0) findings.push({ kind: 'lost', invariant: 'I5', detail: `nobody wrote to order ${orderId}` });
        twice += Math.max(0, mails - 1);
      }
      // Who dies between sending and noting it sends again: better than a buyer who hears nothing.
      if (twice > 1) findings.push({ kind: 'violated', invariant: 'I4', detail: `${twice} mails came again` });
      if ((await etagOf(kills.get('PUT') ?? '')) !== firstEtag)
        findings.push({ kind: 'violated', invariant: 'I4', detail: 'the document made again is another one' });
      return findings;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Mails that were accepted, by address. */
async function mailsTo({ backing }: Shop): Promise<Map<string, number>> {
  const { messages } = (await (await fetch(backing.aws.mailboxUrl)).json()) as {
    messages: Record<string, { To: string[] }[]>;
  };
  const counts = new Map<string, number>();
  for (const { To } of Object.values(messages).flat()) counts.set(To[0] ?? '', (counts.get(To[0] ?? '') ?? 0) + 1);
  return counts;
}
