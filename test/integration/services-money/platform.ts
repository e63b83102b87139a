import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createWebhook } from '#lambda/payment-webhook-handler/webhook.ts';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import type { Order__Output } from '#proto/gen/ticketbottle/order/v1/Order.ts';
import type { OrderServiceDefinition, OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import type {
  PaymentServiceDefinition,
  PaymentServiceHandlers,
} from '#proto/gen/ticketbottle/payment/v1/PaymentService.ts';
import { TOKEN, TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ClientLifetime, createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { createKafka } from '#runtime/kafka.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { Daemons } from '#runtime/local/process.ts';
import { freePort } from '#runtime/local/shop/shop-process.ts';
import { silentLogger } from '#runtime/log.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { generateKeyPairJwk, importSigningKey, type JWK, jwksOf, signJwt } from '#runtime/tokens.ts';
import { OrderTable } from '#services/order/store/order-table.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const log = silentLogger();

const PROVIDER_KEYS = {
  ZALOPAY_APP_ID: '2553',
  ZALOPAY_KEY1: 'integration-key1',
  ZALOPAY_KEY2: 'integration-key2',
  PAYOS_CLIENT_ID: 'client',
  PAYOS_API_KEY: 'api-key',
  PAYOS_CHECKSUM_KEY: 'checksum-key',
  VNPAY_TMN_CODE: 'TBTEST01',
  VNPAY_HASH_SECRET: 'vnpay-secret',
};

type Inventory = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers> & ClientLifetime;
type Payments = ClientOf<PaymentServiceDefinition, PaymentServiceHandlers> & ClientLifetime;
type Orders = ClientOf<OrderServiceDefinition, OrderServiceHandlers> & ClientLifetime;
type Events = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers> & ClientLifetime;

/** The services that move money, run as programs beside real servers and the simulator of the payment providers. */
export interface MoneyPlatform extends AsyncDisposable {
  readonly inventory: Inventory;
  readonly payments: Payments;
  readonly orders: Orders;
  readonly events: Events;
  readonly ordersTable: OrderTable;
  readonly inventoryDb: Pool;
  readonly paymentDb: Pool;
  readonly kafkaBrokers: readonly string[];
  readonly temporalAddress: string;
  readonly ticketJwk: JWK;
  /** Webhook bodies that arrived, oldest first. */
  readonly webhooks: readonly { readonly path: string; readonly body: string }[];
  /** While true, the webhook function is not reachable. */
  webhooksDown: boolean;
  /** A published event with one class per entry; returns the event id and class ids by name. */
  aSale(
    classes: Readonly<Record<string, { total: number; price?: number; rehearsal?: boolean; maxPerAccount?: number }>>,
  ): Promise<{
    eventId: string;
    classId: (name: string) => string;
  }>;
  admission(
    userId: string,
    eventId: string,
    options?: { rehearsal?: boolean; jti?: string; ttlMs?: number },
  ): Promise<string>;
  /** Sends the raw body of an earlier webhook again. */
  replay(webhook: { readonly path: string; readonly body: string }): Promise<{ status: number; text: string }>;
  /** Does what a buyer does at the provider's page; behaviours of hack/providers/behaviour.ts. */
  pay(
    orderId: string,
    behaviour?: string,
    options?: { delayMs?: number; amount?: number },
  ): Promise<{ status: number }>;
  /** What VNPay's bank does with refunds from now on. */
  refundsAtVnPay(outcome: 'done' | 'processing' | 'refused'): Promise<void>;
  /** The order once it is in one of the states; fails after 40 s. */
  untilOrder(orderId: string, ...states: readonly string[]): Promise<Order__Output>;
  /** Ends and starts a service again. */
  restart(service: ServiceProgram, signal: NodeJS.Signals): Promise<void>;
  /** Stops a program where it stands: its connections stay open and nothing answers. Returns what lets it go on. */
  freeze(program: ServiceProgram | 'waitroom' | 'kafka'): () => void;
}

export type ServiceProgram = 'inventory' | 'payment' | 'order';

export async function startMoneyPlatform(options: {
  readonly hold: string;
  readonly lateMoney?: string;
  readonly env?: Record<string, string>;
}): Promise<MoneyPlatform> {
  await using stack = new AsyncDisposableStack();
  const backing = stack.use(await startBacking({ which: ['postgres', 'redis', 'kafka', 'temporal', 'aws'] }));
  const port = {
    inventory: await freePort(),
    payment: await freePort(),
    order: await freePort(),
    event: await freePort(),
    waitroom: await freePort(),
    providers: await freePort(),
    ops: {
      inventory: await freePort(),
      payment: await freePort(),
      order: await freePort(),
      event: await freePort(),
      waitroom: await freePort(),
    },
  };

  const databases = ['inventory', 'payment', 'event'];
  const admin = createPool({ connectionString: backing.postgres.url, max: 2, applicationName: 'test', log });
  for (const name of databases) await admin.query(`CREATE DATABASE "${name}"`);
  await admin.end();
  const databaseUrl = (name: string) => backing.postgres.url.replace(/\/postgres$/, `/${name}`);
  const poolOf = (name: string) => {
    const pool = createPool({
      connectionString: databaseUrl(name),
      max: 20,
      applicationName: 'test',
      log,
      statementTimeoutMs: 30_000,
    });
    stack.defer(() => pool.end());
    return pool;
  };

  const kafkaAdmin = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log }).admin();
  await kafkaAdmin.createTopics(Object.values(TOPIC).map((name) => ({ name, partitions: 3, replicationFactor: 1 })));
  await kafkaAdmin.close();
  await createOrdersTable(backing.aws);

  const [admissionKeys, ticketKeys] = await Promise.all([generateKeyPairJwk(), generateKeyPairJwk()]);
  const paymentDb = poolOf('payment');
  const state = { webhooksDown: false };
  const webhooks: { path: string; body: string }[] = [];
  const webhookUrl = await startWebhooks(stack, paymentDb, webhooks, state);
  const providersUrl = `http://127.0.0.1:${port.providers}`;

  const common = {
    PATH: process.env['PATH'] ?? '',
    LOG_LEVEL: 'info',
    TICKETBOTTLE_ROOT: ROOT,
    DATABASE_POOL_SIZE: '10',
    KAFKA_BROKERS: backing.kafka.brokers.join(),
    TEMPORAL_ADDRESS: backing.temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    ORDERS_TABLE: 'ticketbottle-orders',
    AWS_REGION: backing.aws.region,
    AWS_ENDPOINT_URL_DYNAMODB: backing.aws.endpoint,
    AWS_ACCESS_KEY_ID: backing.aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: backing.aws.secretAccessKey,
    REDIS_ADDRESS: backing.redis.address,
    INVENTORY_ADDR: `127.0.0.1:${port.inventory}`,
    PAYMENT_ADDR: `127.0.0.1:${port.payment}`,
    EVENT_ADDR: `127.0.0.1:${port.event}`,
    WAITROOM_ADDR: `127.0.0.1:${port.waitroom}`,
    ADMISSION_PRIVATE_JWK: JSON.stringify(admissionKeys.privateJwk),
    ADMISSION_JWKS: JSON.stringify(jwksOf(admissionKeys.publicJwk)),
    TICKET_PRIVATE_JWK: JSON.stringify(ticketKeys.privateJwk),
    ...PROVIDER_KEYS,
    ZALOPAY_BASE_URL: providersUrl,
    PAYOS_BASE_URL: providersUrl,
    VNPAY_BASE_URL: providersUrl,
    VNPAY_IPN_URL: `${webhookUrl}/webhook/vnpay`,
    PAYOS_WEBHOOK_URL: `${webhookUrl}/webhook/payos`,
    PROVIDERS_LISTEN: `127.0.0.1:${port.providers}`,
    WEBHOOK_BASE_URL: webhookUrl,
    PUBLIC_URL: 'http://localhost:3000',
    CHECKOUT_HOLD: options.hold,
    LATE_MONEY_GRACE: options.lateMoney ?? '1h',
    RECONCILE_AFTER: '3s',
    RECONCILE_INTERVAL: '500ms',
    SWEEP_INTERVAL: '500ms',
    CANCELLED_EVENTS_INTERVAL: '500ms',
    ...options.env,
  };

  const running = new Map<string, ChildProcess>();
  const environmentOf = (name: string) => ({
    ...common,
    DATABASE_URL: databaseUrl(name),
    GRPC_PORT: String(port[name as ServiceProgram] ?? 0),
    OPS_PORT: String(port.ops[name as ServiceProgram] ?? 0),
  });
  const start = (name: string, entry: string) => {
    const child = run(entry, [], environmentOf(name), join(backing.dir, 'logs', `${name}.log`));
    running.set(name, child);
  };
  stack.defer(async () => void (await Promise.all([...running.values()].map((child) => stop(child, 'SIGTERM')))));

  await Promise.all(
    databases.map(async (name) => {
      const code = await exitOf(
        run(
          `services/${name}/main.ts`,
          ['migrate'],
          environmentOf(name),
          join(backing.dir, 'logs', `${name}-migrate.log`),
        ),
      );
      if (code !== 0) throw new Error(`${name} migrate ended with ${code}`);
    }),
  );
  start('providers', 'hack/providers/main.ts');
  for (const name of ['inventory', 'payment', 'event', 'waitroom', 'order']) start(name, `services/${name}/main.ts`);

  const client = <T extends object>(at: number, file: string, service: string) => {
    const made = createClient<T>({
      address: `127.0.0.1:${at}`,
      definition: loadService(ROOT, `ticketbottle/${file}`, `ticketbottle.${service}`),
      log,
      defaultDeadlineMs: 25_000,
    });
    stack.defer(() => made.close());
    return made;
  };
  const inventory = client<Inventory>(port.inventory, 'inventory/v1/inventory.proto', 'inventory.v1.InventoryService');
  const payments = client<Payments>(port.payment, 'payment/v1/payment.proto', 'payment.v1.PaymentService');
  const orders = client<Orders>(port.order, 'order/v1/order.proto', 'order.v1.OrderService');
  const events = client<Events>(port.event, 'event/v1/event.proto', 'event.v1.EventCommandService');
  const opsPorts = Object.values(port.ops);
  await Promise.all(opsPorts.map((at) => untilReady(at, backing.dir)));

  const signingKey = await importSigningKey(admissionKeys.privateJwk);
  const owned = stack.move();
  return {
    inventory,
    payments,
    orders,
    events,
    ordersTable: tableOn(owned, backing.aws),
    inventoryDb: (() => {
      const pool = createPool({
        connectionString: databaseUrl('inventory'),
        max: 40,
        applicationName: 'test',
        log,
        statementTimeoutMs: 30_000,
      });
      owned.defer(() => pool.end());
      return pool;
    })(),
    paymentDb,
    kafkaBrokers: backing.kafka.brokers,
    temporalAddress: backing.temporal.address,
    ticketJwk: ticketKeys.publicJwk,
    webhooks,
    get webhooksDown() {
      return state.webhooksDown;
    },
    set webhooksDown(down) {
      state.webhooksDown = down;
    },

    async aSale(classes) {
      const eventId = randomUUID();
      const soon = (ms: number) => ({ seconds: String(Math.floor((Date.now() + ms) / 1000)), nanos: 0 });
      await events.upsertEvent({
        requestId: randomUUID(),
        event: {
          id: eventId,
          name: 'Integration Night',
          venue: { name: 'Nhà hát', address: '1 Tràng Tiền', city: 'Hà Nội', country: 'VN' },
          startTime: soon(30 * 86_400_000),
          ticketTypes: Object.entries(classes).map(([name, item]) => ({
            name,
            price: { amountMinor: String(item.price ?? 500_000), currency: 'VND' },
            maxPerOrder: 4,
          })),
          sale: {
            preQueueTime: soon(-60_000),
            openTime: soon(-30_000),
            closeTime: soon(86_400_000),
            timeZone: 'Asia/Ho_Chi_Minh',
          },
          organiserId: randomUUID(),
        },
      });
      const made = await inventory.upsertTicketClasses({
        eventId,
        classes: Object.entries(classes).map(([name, item]) => ({
          name,
          price: { amountMinor: String(item.price ?? 500_000), currency: 'VND' },
          total: item.total,
          maxPerOrder: 4,
          maxPerAccount: item.maxPerAccount ?? 0,
          rehearsal: item.rehearsal ?? false,
        })),
      });
      const classId = (name: string) => {
        const found = made.classes.find((item) => item.name === name);
        if (found === undefined) throw new Error(`no class ${name}`);
        return found.id;
      };
      return { eventId, classId };
    },

    admission: (userId, eventId, { rehearsal = false, jti = randomUUID(), ttlMs = 600_000 } = {}) =>
      signJwt({
        key: signingKey,
        clock: systemClock,
        issuer: TOKEN.issuer,
        audience: TOKEN.admissionAudience,
        subject: userId,
        jwtId: jti,
        ttlMs,
        claims: { event_id: eventId, place: 1, epoch: 1, ...(rehearsal ? { rehearsal } : {}) },
      }),

    async replay({ path, body }) {
      const answer = await fetch(`${webhookUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return { status: answer.status, text: await answer.text() };
    },

    async pay(orderId, behaviour = 'pay', { delayMs = 0, amount } = {}) {
      const { payment } = await payments.getPayment({ orderId });
      const provider = payment?.provider.slice('PROVIDER_'.length).toLowerCase();
      // VNPay learns of a payment when its page is opened.
      if (provider === 'vnpay') await (await fetch(payment?.paymentUrl ?? '')).text();
      const answer = await fetch(`${providersUrl}/simulator/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          provider,
          providerRef: payment?.providerRef,
          behaviour,
          delayMs,
          ...(amount === undefined ? {} : { amount }),
        }),
      });
      return { status: answer.status };
    },

    async refundsAtVnPay(outcome) {
      const answer = await fetch(`${providersUrl}/simulator/vnpay-refunds`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ outcome }),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },

    async untilOrder(orderId, ...states) {
      const end = Date.now() + 40_000;
      for (;;) {
        const { order } = await orders.getOrder({ orderId }, { idempotent: true, waitForReady: true });
        if (order !== null && states.includes(order.state.slice('ORDER_STATE_'.length))) return order;
        if (Date.now() > end)
          throw new Error(`order is ${order?.state} (${order?.failureReason}), expected ${states.join(' or ')}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },

    async restart(service, signal) {
      const old = running.get(service);
      if (old !== undefined) await stop(old, signal);
      start(service, `services/${service}/main.ts`);
      await untilReady(port.ops[service], backing.dir);
      await { inventory, payment: payments, order: orders }[service].ready(10_000);
    },

    freeze(program) {
      const pid =
        program === 'kafka'
          ? new Daemons({ run: join(backing.dir, 'run'), logs: join(backing.dir, 'logs') }).pidOf('kafka')
          : running.get(program)?.pid;
      if (pid === undefined) throw new Error(`${program} does not run`);
      process.kill(pid, 'SIGSTOP');
      return () => void process.kill(pid, 'SIGCONT');
    },

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The real webhook function's logic behind a plain HTTP server, which stands for API Gateway and Lambda. */
async function startWebhooks(
  stack: AsyncDisposableStack,
  paymentDb: Pool,
  seen: { path: string; body: string }[],
  state: { webhooksDown: boolean },
): Promise<string> {
  const webhook = createWebhook({
    log,
    keys: async () => ({
      zaloPayAppId: PROVIDER_KEYS.ZALOPAY_APP_ID,
      zaloPayKey2: PROVIDER_KEYS.ZALOPAY_KEY2,
      payOsChecksumKey: PROVIDER_KEYS.PAYOS_CHECKSUM_KEY,
      vnPayTmnCode: PROVIDER_KEYS.VNPAY_TMN_CODE,
      vnPayHashSecret: PROVIDER_KEYS.VNPAY_HASH_SECRET,
    }),
    apply: async (event) => {
      const { rows } = await paymentDb.query<{ verdict: string }>(
        'SELECT verdict FROM payment_apply_event($1,$2,$3,$4,$5,$6,$7,$8,$9)',
        [
          event.provider,
          event.providerRef,
          event.kind,
          event.providerTxnId,
          event.amountMinor,
          event.currency,
          event.reason,
          'webhook',
          event.raw,
        ],
      );
      return rows[0]?.verdict ?? 'NONE';
    },
  });
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (state.webhooksDown) return void request.socket.destroy();
      const body = Buffer.concat(chunks).toString();
      const path = request.url ?? '';
      seen.push({ path, body });
      webhook({ rawPath: path.split('?')[0] ?? '', rawQueryString: path.split('?')[1] ?? '', body }).then(
        (answer) => response.writeHead(answer.statusCode, answer.headers).end(answer.body),
        () => response.writeHead(500).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function createOrdersTable(aws: {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}): Promise<void> {
  const { accessKeyId, secretAccessKey } = aws;
  const dynamo = new DynamoDBClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId, secretAccessKey },
  });
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'ticketbottle-orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['order_id', 'user_id', 'created_at', 'event_id', 'status'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [{ AttributeName: 'order_id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        index('user_id-index', 'user_id', 'created_at'),
        index('event_id-index', 'event_id', 'status'),
      ],
    }),
  );
  dynamo.destroy();
}

function tableOn(
  stack: AsyncDisposableStack,
  { endpoint, region, accessKeyId, secretAccessKey }: Parameters<typeof createOrdersTable>[0],
): OrderTable {
  const credentials = { accessKeyId, secretAccessKey };
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  stack.defer(() => dynamo.destroy());
  return new OrderTable({ dynamo, table: 'ticketbottle-orders', clock: systemClock });
}

function index(IndexName: string, hash: string, range: string) {
  return {
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  };
}

function run(entry: string, args: readonly string[], env: Record<string, string>, logFile: string): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, entry), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(file, { end: false });
  child.stderr?.pipe(file, { end: false });
  return child;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const hard = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await exitOf(child);
  clearTimeout(hard);
}

/** Generous: on a small machine many programs may be starting at once. */
async function untilReady(opsPort: number, dir: string): Promise<void> {
  const end = Date.now() + 150_000;
  let last = 'no answer';
  while (Date.now() < end) {
    try {
      const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`);
      if (answer.ok) return;
      last = await answer.text();
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`a service on ops port ${opsPort} is not ready: ${last}; logs in ${dir}/logs`);
}
