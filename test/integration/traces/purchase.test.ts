import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { createEventSaleController } from '#operator/eventsale/controller.ts';
import { createApplier } from '#operator/kube/apply.ts';
import { createClient } from '#operator/kube/client.ts';
import { createInformers } from '#operator/kube/informer.ts';
import { createLeader } from '#operator/kube/leader.ts';
import { createPlatformController } from '#operator/platform/controller.ts';
import { expressionsOf, metricsIn } from '#operator/platform/monitoring/expressions.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createKafka, type ReceivedMessage } from '#runtime/kafka.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { ROOT, type Site, startSite } from '../browser/site.ts';
import { eventually } from '../kube/api-fixture.ts';
import { choices, dashboardOf, having, unanswered } from '../monitoring/answers.ts';
import { type Ask, dashboardPage } from '../monitoring/dashboard-page.ts';
import { drawPages } from '../monitoring/pictures.ts';
import { type Prometheus, startPrometheus } from '../monitoring/prometheus.ts';
import { type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

/** A buyer's browser, as the gateway sees it: every call under one trace that began outside. */
const TRACE_ID = `${Math.floor(Date.now() / 1000).toString(16)}${randomUUID().replaceAll('-', '').slice(8)}`;
const TRACEPARENT = `00-${TRACE_ID}-00000000000000aa-01`;

describe('one purchase, from outside', function () {
  this.timeout(480_000);
  let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
  let site: Site;
  let orderId: string;
  let message: ReceivedMessage;
  let mailLog: string;
  let prometheus: Prometheus;
  let scrapedFromS: number;
  const listener = new AbortController();

  before(async () => {
    receiver = await startOtlpReceiver();
    // 0: nothing is recorded of what begins here, so every span seen was asked for by our own header.
    site = await startSite('5m', {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER_ARG: '0',
      LOG_LEVEL: 'debug',
    });
    prometheus = await startPrometheus({
      targets: Object.entries(site.opsUrls).map(([service, url]) => ({ url, labels: { ...SHOP, service } })),
    });
    scrapedFromS = Date.now() / 1000;
    const paid = Promise.withResolvers<ReceivedMessage>();
    const kafka = createKafka({ brokers: site.shop.backing.kafka.brokers, clientId: 'test', log: silentLogger() });
    const consumer = kafka.runConsumer({
      ...{ groupId: `test-${randomUUID()}`, topics: [TOPIC.orderPaid], clock: systemClock },
      handler: async (one) => {
        paid.resolve(one);
        return 'done';
      },
      park: async () => {},
    });
    await buy();
    message = await paid.promise;
    await consumer.stop();
    await sendMail();
  });
  after(async () => {
    listener.abort();
    await prometheus?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  async function call<T>(method: string, path: string, options: { body?: object; token?: string } = {}): Promise<T> {
    const { body, token } = options;
    const answer = await fetch(`${site.url}/api/v1${path}`, {
      method,
      headers: {
        traceparent: TRACEPARENT,
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Signs in, orders one ticket, and pays at the provider, which knows nothing of traces. */
  async function buy(): Promise<void> {
    const { eventId } = await site.aSale({ name: 'Traced' });
    await listen(eventId);
    const account = await site.anAccount();
    const { accessToken, user } = await call<{ accessToken: string; user: { id: string } }>('POST', '/auth/signin', {
      body: account,
    });
    const { classes } = await call<{ classes: { ticketClassId: string }[] }>(
      'GET',
      `/events/${eventId}/ticket-classes`,
    );
    const order = await call<{ id: string; paymentUrl: string }>('POST', '/orders', {
      token: accessToken,
      body: {
        ...{ eventId, provider: 'zalopay', admissionToken: await site.shop.admission(user.id, eventId) },
        lines: [{ ticketClassId: classes[0]?.ticketClassId, quantity: 1 }],
      },
    });
    orderId = order.id;
    const [provider, providerRef] = new URL(order.paymentUrl).pathname.split('/').slice(-2);
    const done = await fetch(`${site.shop.providersUrl}/simulator/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider, providerRef, behaviour: 'pay' }),
    });
    assert.ok(done.ok, await done.text());
  }

  /** Somebody else, whose browser asks for no trace, stands in the queue and hears how it moves. */
  async function listen(eventId: string): Promise<void> {
    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${site.url}/api/v1${path}`, {
        method: 'POST',
        headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      assert.ok(answer.ok, `${path}: ${answer.status}`);
      return (await answer.json()) as { accessToken: string };
    };
    const { accessToken } = await post('/auth/signin', await site.anAccount());
    const authorization = `Bearer ${accessToken}`;
    await post(`/events/${eventId}/waitroom/join`, {}, { authorization });
    const url = `${site.url}/api/v1/events/${eventId}/waitroom/stream`;
    const { body } = await fetch(url, { headers: { authorization }, signal: listener.signal });
    void body?.pipeTo(new WritableStream()).catch(() => {});
  }

  /** The email-sender function in a process of its own, called with the record as EventBridge Pipes would hand it over. */
  async function sendMail(): Promise<void> {
    const { endpoint, region, accessKeyId, secretAccessKey } = site.shop.backing.aws;
    const access = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
    await new S3Client({ ...access, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'tickets' }));
    await new SESv2Client(access).send(new CreateEmailIdentityCommand({ EmailIdentity: 'tickets@example.com' }));
    const record = { topic: message.topic, value: message.value.toString('base64') };
    const event = { Records: [{ messageId: 'm1', body: JSON.stringify(record) }] };
    const script = `import('${join(ROOT, 'lambda-bundles/email-sender/handler.ts')}').then(async ({ handler }) =>
      console.log('ANSWER ' + JSON.stringify(await handler(${JSON.stringify(event)}))))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
      cwd: ROOT,
      env: {
        ...process.env,
        ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region },
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        ...{ MAIL_FROM: 'tickets@example.com', PUBLIC_URL: site.url, TICKET_BUCKET: 'tickets' },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER_ARG: '0' },
      },
    });
    assert.match(stdout, /ANSWER {"batchItemFailures":\[\]}/);
    mailLog = stdout;
  }

  const ours = (): ReceivedSpan[] => receiver.spans.filter((span) => span.traceId === TRACE_ID);
  const find = (service: string, name: RegExp) =>
    ours().find((span) => span.service === service && name.test(span.name));

  it('goes through the gateway, gRPC, Temporal, the callback function, Kafka and the mail function', async () => {
    const way: readonly [service: string, name: RegExp][] = [
      ['gateway', /^POST .*orders$/],
      ['order', /OrderService.CreateOrder$/],
      ['order', /^activity holdStock$/],
      ['inventory', /InventoryService.Reserve$/],
      ['order', /^activity createPayment$/],
      ['payment', /PaymentService.CreatePayment$/],
      ['payment-webhook-handler', /^payment callback$/],
      ['order', /^payment[.]completed process$/],
      ['order', /^activity fulfil$/],
      ['inventory', /InventoryService.Confirm$/],
      ['order', /^activity publishOrderPaid$/],
      ['email-sender', /^order[.]paid process$/],
    ];
    await eventually(() => way.every(([service, name]) => find(service, name) !== undefined), 30_000).catch(() => {
      const missing = way.filter(([service, name]) => find(service, name) === undefined).map(String);
      const seen = ours().map(({ service, name }) => `${service}: ${name}`);
      assert.fail(`missing ${missing.join('; ')}\nseen ${seen.join('\n')}`);
    });
  });

  it('hangs together: every span has its parent in the trace, up to the browser', () => {
    const ids = new Set([...ours().map(({ spanId }) => spanId), '00000000000000aa']);
    const orphans = ours().filter(({ parentSpanId }) => !ids.has(parentSpanId));
    assert.deepEqual(
      orphans.map(({ service, name }) => `${service}: ${name}`),
      [],
    );
  });

  it('recorded nothing of the traces that it was not asked for', () => {
    assert.deepEqual(
      receiver.spans.filter(({ traceId }) => traceId !== TRACE_ID).map(({ service, name }) => `${service}: ${name}`),
      [],
    );
  });

  it('carries the trace in the header of the message too', () => {
    assert.equal(JSON.parse(message.value.toString()).data.orderId, orderId);
    assert.ok(message.headers['traceparent']?.includes(TRACE_ID));
  });

  it('stands in the logs of every program on the way', () => {
    const logs = join(site.shop.backing.dir, 'logs');
    const written = (program: string) => readFileSync(join(logs, `${program}.log`), 'utf8');
    const services = ['order', 'inventory', 'payment'].map((name) => [name, written(name)] as const);
    const webhook = readdirSync(logs)
      .flatMap((file) => /^(webhook-\d+)\.log$/.exec(file)?.[1] ?? [])
      .map(written)
      .join('');
    for (const [program, log] of [...services, ['webhook', webhook], ['email-sender', mailLog]] as const)
      assert.ok(log.includes(`"trace_id":"${TRACE_ID}"`), `the log of ${program} does not name the trace`);
  });

  it('leaves a trail in metrics: every alert and every panel asks for something that a program has', async () => {
    const names = new Set(PROMETHEUS_OWN);
    for (const url of Object.values(site.opsUrls))
      for (const name of metricNames(await (await fetch(`${url}/metrics`)).text())) names.add(name);
    for (const name of metricNames(await operatorMetrics())) names.add(name);
    const operatorRules = readFileSync(join(ROOT, 'config/prometheus/operator-rules.yaml'), 'utf8');
    const own = [...operatorRules.matchAll(/expr: (.*)/g)].map(([, expr]) => ({
      where: 'operator-rules.yaml',
      expr: expr ?? '',
    }));
    const unknown = [...expressionsOf({ namespace: 'shop', name: 'tb' }), ...own].flatMap(({ where, expr }) =>
      metricsIn(expr)
        .filter((name) => !names.has(name))
        .map((name) => `${where}: ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  it('answers every question of the dashboards about services, calls, Kafka and Redis', async () => {
    const keys = ['services', 'grpc', 'kafka', 'redis'] as const;
    const dashboards = keys.map((key) => dashboardOf({ namespace: SHOP.namespace, name: SHOP.platform }, key));
    const ask: Ask = (expr, range) => {
      const toS = Date.now() / 1000;
      return prometheus.ask(expr, range ? { fromS: scrapedFromS, toS } : { toS });
    };
    // What came into being with its first value has no rate: all of it once more.
    await buy();
    const silent = async () => (await Promise.all(dashboards.map((one) => unanswered(one, ask)))).flat();
    await eventually(async () => (await silent()).length === 0, 30_000).catch(() => {});
    assert.deepEqual(await silent(), []);

    const pages: Record<string, string> = {};
    for (const [at, key] of keys.entries()) {
      const dashboard = dashboards[at] as (typeof dashboards)[number];
      const { service = [] } = await choices(dashboard, ask);
      const chosen = having(ask, service.includes('order') ? { service: 'order' } : {});
      pages[key] = await dashboardPage(dashboard, chosen, Date.now());
    }
    await drawPages(pages);
  });
});

const SHOP = { namespace: 'shop', platform: 'tb' } as const;

/** Made by Prometheus itself. */
const PROMETHEUS_OWN = ['up'];

/** Names of series: a histogram has three. */
function metricNames(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_count', '_sum'].map((suffix) => name + suffix) : [name],
  );
}

/** What the operator would serve: everything is registered when its parts are made, before any of them does anything. */
async function operatorMetrics(): Promise<string> {
  const metrics = new Registry();
  const log = silentLogger();
  const clock = systemClock;
  // Never called: nothing here is started.
  const client = createClient({ connection: { server: 'https://127.0.0.1:9' } as never, clock, metrics });
  const informers = createInformers({ client, log, clock, metrics, namespaces: [] });
  const leader = createLeader({ client, clock, log, metrics, namespace: 'x', name: 'x', identity: 'x' });
  const deps = {
    ...{ client, informers, leader, clock, log, metrics },
    applier: (fieldManager: string) => createApplier({ client, fieldManager, metrics }),
    recorder: { event: () => {}, flush: async () => {} },
    config: { watchNamespaces: [], podNamespace: 'x', lambdaDir: 'x', root: ROOT },
  } as never;
  createPlatformController(deps);
  createEventSaleController(deps);
  await informers.start(AbortSignal.abort());
  return await metrics.metrics();
}
