import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { apiBaseUrl, createHttpApi } from '#operator/external/apigateway.ts';
import { createEventSourceMappings } from '#operator/external/event-source-mappings.ts';
import { createMailIdentity } from '#operator/external/mail-identity.ts';
import { createBucket } from '#operator/external/s3.ts';
import { createSecrets } from '#operator/external/secrets.ts';
import { createQueues } from '#operator/external/sqs.ts';
import { TOPIC, ticketPdfKey } from '#proto/names.ts';
import { createKafka } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool } from '#runtime/pg.ts';
import { ACCOUNT, apply, clientOptions, createStage, ROOT } from './function-stage.ts';

const KEY2 = 'test_key2';
const ARN = (service: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}`;

/** Everything around the five functions, made by the operator's own adapters, and people who use it. */
export async function fiveFunctions() {
  const log = silentLogger();
  const backing: Backing<'aws' | 'postgres' | 'kafka'> = await startBacking({ which: ['aws', 'postgres', 'kafka'] });
  const options = clientOptions(backing);
  const clients = {
    api: new ApiGatewayV2Client(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    secrets: new SecretsManagerClient(options),
    ses: new SESv2Client(options),
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
  };
  const stage = createStage(backing);
  await migrate({ connectionString: backing.postgres.url, dir: join(ROOT, 'services/payment/migrations'), log });
  const pool = createPool({ connectionString: backing.postgres.url, max: 5, applicationName: 'test', log });
  const admin = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log }).admin();
  await admin.createTopics(Object.values(TOPIC).map((name) => ({ name, partitions: 1, replicationFactor: 1 })));

  await apply(createBucket(clients.s3), { name: 'tickets', region: 'us-east-1', expiring: [] });
  await apply(createMailIdentity(clients.ses), { identity: 'tickets@example.com' });
  await apply(createSecrets(clients.secrets), [
    { name: 'tb/payment-db', value: { url: backing.postgres.url }, tags: {} },
    { name: 'tb/providers', value: { ZALOPAY_APP_ID: '2553', ZALOPAY_KEY2: KEY2 }, tags: {} },
  ]);
  const queue = (name: string) => ({
    ...{ name, visibilityTimeoutSeconds: 15, maxReceives: 20, arnPrefix: ARN('sqs'), tags: {} },
  });
  const queues = await apply(createQueues(clients.sqs), [queue('tb-email-sender'), queue('tb-pdf-generator')]);

  const common = { AWS_ENDPOINT_URL: backing.aws.endpoint, LOG_LEVEL: 'info' };
  const database = { ...common, DATABASE_SECRET_ID: 'tb/payment-db' };
  const env = {
    'payment-webhook-handler': { ...database, PROVIDERS_SECRET_ID: 'tb/providers' },
    'outbox-processor': { ...database, KAFKA_BROKERS: backing.kafka.brokers.join(',') },
    'outbox-cleanup': { ...database, RETENTION: '1h' },
    'email-sender': {
      ...{ ...common, TICKET_BUCKET: 'tickets', MAIL_FROM: 'tickets@example.com' },
      PUBLIC_URL: 'https://tickets.example',
    },
    'pdf-generator': { ...common, TICKET_BUCKET: 'tickets' },
  };

  return {
    backing,
    stage,
    pool,
    env,

    /** The webhook API before the alias; gives the address that providers call. */
    async webhookUrl(): Promise<string> {
      const api = {
        ...{ name: 'tb-webhooks', routeKey: 'ANY /webhook/{provider}', functionName: 'tb-payment-webhook-handler' },
        ...{ alias: 'live', functionExists: true, executeArnPrefix: ARN('execute-api'), tags: {} },
        targetArn: `${ARN('lambda')}:function:tb-payment-webhook-handler:live`,
      };
      const observed = await apply(createHttpApi(clients.api, stage.lambda), api);
      return `${observed === undefined ? '' : apiBaseUrl(observed, backing.aws.endpoint)}/webhook/zalopay`;
    },

    async connectQueue(name: 'tb-email-sender' | 'tb-pdf-generator'): Promise<void> {
      const mapping = {
        ...{ functionName: name, alias: 'live', queueArn: `${ARN('sqs')}:${name}` },
        ...{ batchSize: 2, maxConcurrency: undefined, enabled: true },
      };
      await apply(createEventSourceMappings(stage.lambda), [mapping]);
    },

    /** A payment that waits for its money. Returns the reference that its provider knows. */
    async payment(): Promise<string> {
      const id = randomUUID();
      await pool.query(
        `INSERT INTO payments (id, idempotency_key, order_id, event_id, provider, provider_ref, amount_minor, currency, expire_time)
         VALUES ($1, $2, $3, $4, 'zalopay', $5, 1000, 'VND', now() + interval '10 minutes')`,
        [id, id, randomUUID(), randomUUID(), `ref-${id}`],
      );
      await pool.query("INSERT INTO payment_links VALUES ('zalopay', $1, $2, now())", [`ref-${id}`, id]);
      return `ref-${id}`;
    },

    /** As the provider does: calls again until it is told that the money was noted. Gives the number of calls. */
    async callBack(url: string, ref: string): Promise<number> {
      const data = JSON.stringify({ app_id: 2553, app_trans_id: ref, zp_trans_id: Date.now(), amount: 1000 });
      const mac = createHmac('sha256', KEY2).update(data).digest('hex');
      const body = JSON.stringify({ data, mac, type: 1 });
      for (let calls = 1; calls <= 40; calls++) {
        const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
        const text = await answer.text();
        if (answer.status === 200 && text.includes('"return_code":1')) return calls;
        await sleep(250);
      }
      throw new Error(`payment ${ref} was never taken`);
    },

    async paid(): Promise<{ paid: number; waiting: number }> {
      const { rows } = await pool.query<{ state: string; n: number }>(
        'SELECT state, count(*)::int AS n FROM payments GROUP BY state',
      );
      const of = (state: string) => rows.find((row) => row.state === state)?.n ?? 0;
      return { paid: of('COMPLETED') + of('CAPTURED'), waiting: of('PENDING') };
    },

    /** Calls the alias as a schedule does, and does not mind failures: the next minute comes. */
    async call(name: string, times: number): Promise<number> {
      let failed = 0;
      for (let n = 0; n < times; n++) {
        const answer = await stage.lambda.send(
          new InvokeCommand({ FunctionName: name, Qualifier: 'live', Payload: '{}' }),
        );
        if (answer.FunctionError !== undefined) failed++;
      }
      return failed;
    },

    /** Puts a paid order into a queue, as a pipe does. Gives the order's id. */
    async order(name: 'tb-email-sender' | 'tb-pdf-generator'): Promise<string> {
      const orderId = randomUUID();
      const data = {
        ...{ orderId, code: 'TB1', email: `${orderId}@example.com`, fullName: 'Ánh', language: 'vi', rehearsal: false },
        total: { amountMinor: '1000', currency: 'VND' },
        event: {
          name: 'Đêm nhạc',
          startTime: '2027-03-20T12:30:00Z',
          timeZone: 'Asia/Ho_Chi_Minh',
          venue: { name: 'V' },
        },
        tickets: [{ id: randomUUID(), className: 'GA', qrPayload: `TB1.${orderId}` }],
      };
      const envelope = { id: orderId, type: 'order.paid', time: new Date().toISOString(), key: orderId, data };
      await clients.sqs.send(
        new SendMessageCommand({ QueueUrl: queues.get(name)?.url, MessageBody: JSON.stringify(envelope) }),
      );
      return orderId;
    },

    async pdfBytes(orderId: string): Promise<number | undefined> {
      const head = await clients.s3
        .send(new HeadObjectCommand({ Bucket: 'tickets', Key: ticketPdfKey(orderId) }))
        .catch(() => undefined);
      return head?.ContentLength;
    },

    /** How many mails each order has got. */
    async mails(): Promise<Map<string, number>> {
      const { messages } = (await (await fetch(backing.aws.mailboxUrl)).json()) as {
        messages: Record<string, { To: string[] }[]>;
      };
      const counts = new Map<string, number>();
      for (const { To } of Object.values(messages).flat()) {
        const orderId = To[0]?.split('@')[0] ?? '';
        counts.set(orderId, (counts.get(orderId) ?? 0) + 1);
      }
      return counts;
    },

    async close(): Promise<void> {
      stage.close();
      for (const client of Object.values(clients)) client.destroy();
      await admin.close();
      await pool.end();
      await backing.stop();
    },
  };
}

export type FiveFunctions = Awaited<ReturnType<typeof fiveFunctions>>;
