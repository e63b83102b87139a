import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import type { OrderServiceDefinition, OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import type {
  PaymentServiceDefinition,
  PaymentServiceHandlers,
} from '#proto/gen/ticketbottle/payment/v1/PaymentService.ts';
import type {
  WaitroomServiceDefinition,
  WaitroomServiceHandlers,
} from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import { TOKEN, TOPIC } from '#proto/names.ts';
import { systemClock } from '../../clock.ts';
import { type ClientLifetime, createClient } from '../../grpc-client.ts';
import type { ClientOf } from '../../grpc-types.ts';
import { createKafka } from '../../kafka.ts';
import { silentLogger } from '../../log.ts';
import { createPool, type Pool } from '../../pg.ts';
import { loadService } from '../../proto-loader.ts';
import { generateKeyPairJwk, importSigningKey, type JWK, jwksOf, signJwt } from '../../tokens.ts';
import { type Backing, startBacking } from '../backing.ts';
import { freePort, ShopProcess } from './shop-process.ts';
import { WebhookFront } from './webhook-front.ts';

const log = silentLogger();
const PROVIDER_KEYS = {
  ZALOPAY_APP_ID: '2553',
  ZALOPAY_KEY1: 'shop-key1',
  ZALOPAY_KEY2: 'shop-key2',
  PAYOS_CLIENT_ID: 'client',
  PAYOS_API_KEY: 'api-key',
  PAYOS_CHECKSUM_KEY: 'checksum-key',
  VNPAY_TMN_CODE: 'TBSHOP01',
  VNPAY_HASH_SECRET: 'vnpay-secret',
} as const;

export type ShopBacking = Backing<'postgres' | 'redis' | 'kafka' | 'temporal' | 'aws'>;
export const SHOP_PROGRAMS = [
  'inventory',
  'payment',
  'event',
  'waitroom',
  'order',
  'order-2',
  'providers',
  'webhook-1',
  'webhook-2',
] as const;
export type ShopProgram = (typeof SHOP_PROGRAMS)[number];

type Inventory = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers> & ClientLifetime;
type Payments = ClientOf<PaymentServiceDefinition, PaymentServiceHandlers> & ClientLifetime;
type Orders = ClientOf<OrderServiceDefinition, OrderServiceHandlers> & ClientLifetime;
type Waitroom = ClientOf<WaitroomServiceDefinition, WaitroomServiceHandlers> & ClientLifetime;
type Events = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers> & ClientLifetime;

/** The services on the money path as processes of this machine, beside real stores and the simulator of the providers. */
export interface Shop extends AsyncDisposable {
  readonly backing: ShopBacking;
  readonly programs: Readonly<Record<ShopProgram, ShopProcess>>;
  readonly inventory: Inventory;
  readonly payments: Payments;
  readonly orders: Orders;
  readonly waitroom: Waitroom;
  readonly inventoryDb: Pool;
  readonly paymentDb: Pool;
  /** Straight to the table, past any proxy. */
  readonly dynamo: DynamoDBDocumentClient;
  readonly webhooks: WebhookFront;
  readonly providersUrl: string;
  readonly providerKeys: typeof PROVIDER_KEYS;
  readonly ticketJwk: JWK;
  readonly opsUrl: (program: ShopProgram) => string;
  /** `host:port` of its gRPC or HTTP server. */
  readonly addressOf: (program: ShopProgram) => string;
  readonly databaseUrl: (name: 'inventory' | 'payment') => string;
  /** A published event with one class; its quantity is `total`. */
  aSale(total: number, priceMinor?: number): Promise<{ readonly eventId: string; readonly classId: string }>;
  admission(userId: string, eventId: string): Promise<string>;
}

export interface ShopOptions {
  readonly root: string;
  readonly hold: string;
  /** Laid over every program's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Wait for the disk, as in production. */
  readonly durable?: boolean;
  /** Kafka brokers, one unless said. With three, topics have three replicas, of which two must be in sync to take a message. */
  readonly kafkaBrokers?: 1 | 3;
  /** Servers keep what they have over a restart; false: Temporal keeps its histories in memory. */
  readonly persistent?: boolean;
  /** Programs that are not started. */
  readonly without?: readonly ShopProgram[];
  /** What programs are told instead of the real address of the orders table. */
  readonly dynamoEndpoint?: (real: string) => Promise<string>;
  /** The same for Redis, `host:port`. */
  readonly redisEndpoint?: (real: string) => Promise<string>;
  readonly signal?: AbortSignal;
  readonly say?: (text: string) => void;
}

export const ORDERS_TABLE = 'ticketbottle-orders';

export async function startShop(options: ShopOptions): Promise<Shop> {
  const { root, signal, say = () => {} } = options;
  await using stack = new AsyncDisposableStack();
  say('starting Postgres, Redis, Kafka, Temporal and the AWS endpoint');
  const backing = stack.use(
    await startBacking({
      which: ['postgres', 'redis', 'kafka', 'temporal', 'aws'],
      ...{ persistent: options.persistent ?? true, durable: options.durable ?? false },
      kafkaBrokers: options.kafkaBrokers ?? 1,
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  const databases = ['inventory', 'payment', 'event'] as const;
  const admin = createPool({ connectionString: backing.postgres.url, max: 1, applicationName: 'shop', log });
  for (const name of databases) await admin.query(`CREATE DATABASE "${name}"`);
  await admin.end();
  const databaseUrl = (name: string) => backing.postgres.url.replace(/\/postgres$/, `/${name}`);
  const kafkaAdmin = createKafka({ brokers: backing.kafka.brokers, clientId: 'shop', log }).admin();
  const replication =
    options.kafkaBrokers === 3
      ? { replicationFactor: 3, config: { 'min.insync.replicas': '2' } }
      : { replicationFactor: 1 };
  await kafkaAdmin.createTopics(Object.values(TOPIC).map((name) => ({ name, partitions: 3, ...replication })));
  await kafkaAdmin.close();
  const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
  const client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  stack.defer(() => client.destroy());
  await createOrdersTable(client);

  const [admissionKeys, ticketKeys] = await Promise.all([generateKeyPairJwk(), generateKeyPairJwk()]);
  const ports = new Map<string, number>();
  for (const program of SHOP_PROGRAMS) {
    ports.set(program, await freePort());
    ports.set(`${program}/ops`, await freePort());
  }
  const webhookPort = await freePort();
  const port = (name: string) => ports.get(name) ?? 0;
  const address = (program: ShopProgram) => `127.0.0.1:${port(program)}`;
  const opsUrl = (program: ShopProgram) => `http://127.0.0.1:${port(`${program}/ops`)}`;
  const providersUrl = `http://${address('providers')}`;
  const webhookUrl = `http://127.0.0.1:${webhookPort}`;
  const common: Record<string, string> = {
    LOG_LEVEL: 'info',
    TB_VERSION: '1.0.0',
    TICKETBOTTLE_ROOT: root,
    KAFKA_BROKERS: backing.kafka.brokers.join(),
    TEMPORAL_ADDRESS: backing.temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    ORDERS_TABLE,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_DYNAMODB: (await options.dynamoEndpoint?.(endpoint)) ?? endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    REDIS_ADDRESS: (await options.redisEndpoint?.(backing.redis.address)) ?? backing.redis.address,
    INVENTORY_ADDR: address('inventory'),
    PAYMENT_ADDR: address('payment'),
    EVENT_ADDR: address('event'),
    WAITROOM_ADDR: address('waitroom'),
    ADMISSION_PRIVATE_JWK: JSON.stringify(admissionKeys.privateJwk),
    ADMISSION_JWKS: JSON.stringify(jwksOf(admissionKeys.publicJwk)),
    TICKET_PRIVATE_JWK: JSON.stringify(ticketKeys.privateJwk),
    ...PROVIDER_KEYS,
    ZALOPAY_BASE_URL: providersUrl,
    PAYOS_BASE_URL: providersUrl,
    VNPAY_BASE_URL: providersUrl,
    PAYOS_WEBHOOK_URL: `${webhookUrl}/webhook/payos`,
    VNPAY_IPN_URL: `${webhookUrl}/webhook/vnpay`,
    PROVIDERS_LISTEN: address('providers'),
    WEBHOOK_BASE_URL: webhookUrl,
    PUBLIC_URL: 'http://localhost:3000',
    CHECKOUT_HOLD: options.hold,
    LATE_MONEY_GRACE: '1h',
    RECONCILE_AFTER: '5s',
    RECONCILE_INTERVAL: '500ms',
    SWEEP_INTERVAL: '500ms',
    ...options.env,
  };
  const make = (program: ShopProgram): ShopProcess => {
    const service = program === 'order-2' ? 'order' : program;
    const file =
      program === 'providers'
        ? 'hack/providers/main.ts'
        : program.startsWith('webhook')
          ? 'lambda-bundles/payment-webhook-handler/http.ts'
          : `services/${service}/main.ts`;
    const probe =
      program === 'providers'
        ? `${providersUrl}/simulator/payments`
        : program.startsWith('webhook')
          ? `http://${address(program)}/`
          : `${opsUrl(program)}/readyz`;
    const env = {
      ...common,
      DATABASE_URL: databaseUrl(program.startsWith('webhook') ? 'payment' : service),
      GRPC_PORT: String(port(program)),
      PORT: String(port(program)),
      OPS_PORT: String(port(`${program}/ops`)),
    };
    const ready = async () => {
      const answer = await fetch(probe);
      await answer.text();
      return answer.ok || program.startsWith('webhook');
    };
    return new ShopProcess({ root, file, env, ready, logFile: join(backing.dir, 'logs', `${program}.log`) });
  };
  const programs = Object.fromEntries(SHOP_PROGRAMS.map((program) => [program, make(program)])) as Record<
    ShopProgram,
    ShopProcess
  >;
  stack.defer(async () => void (await Promise.all(Object.values(programs).map((program) => program.stop('SIGTERM')))));
  say('migrating');
  await Promise.all(
    databases.map((name) =>
      new ShopProcess({
        ...{ root, file: `services/${name}/main.ts`, args: ['migrate'] },
        env: { ...common, DATABASE_URL: databaseUrl(name) },
        logFile: join(backing.dir, 'logs', `${name}-migrate.log`),
      }).complete(),
    ),
  );
  const webhooks = new WebhookFront(['webhook-1', 'webhook-2'].map((name) => `http://127.0.0.1:${port(name)}`));
  await webhooks.listen(webhookPort);
  stack.defer(() => webhooks.close());
  const wanted = SHOP_PROGRAMS.filter((program) => options.without?.includes(program) !== true);
  say(`starting ${wanted.join(', ')}`);
  for (const program of wanted) programs[program].launch();
  await Promise.all(wanted.map((program) => programs[program].untilReady()));

  const open = <T extends object>(program: ShopProgram, file: string, service: string) => {
    const made = createClient<T>({
      address: address(program),
      definition: loadService(root, `ticketbottle/${file}`, `ticketbottle.${service}`),
      log,
      defaultDeadlineMs: 25_000,
    });
    stack.defer(() => made.close());
    return made;
  };
  const poolOf = (name: string) => {
    const options = { connectionString: databaseUrl(name), max: 8, applicationName: 'shop', log };
    const pool = createPool({ ...options, statementTimeoutMs: 120_000 });
    stack.defer(() => pool.end());
    return pool;
  };
  const inventory = open<Inventory>('inventory', 'inventory/v1/inventory.proto', 'inventory.v1.InventoryService');
  const events = open<Events>('event', 'event/v1/event.proto', 'event.v1.EventCommandService');
  const dynamo = DynamoDBDocumentClient.from(client);
  const signingKey = await importSigningKey(admissionKeys.privateJwk);
  const shop = {
    ...{ backing, programs, inventory, dynamo, webhooks, providersUrl, opsUrl, addressOf: address, databaseUrl },
    payments: open<Payments>('payment', 'payment/v1/payment.proto', 'payment.v1.PaymentService'),
    waitroom: open<Waitroom>('waitroom', 'waitroom/v1/waitroom.proto', 'waitroom.v1.WaitroomService'),
    orders: open<Orders>('order', 'order/v1/order.proto', 'order.v1.OrderService'),
    inventoryDb: poolOf('inventory'),
    paymentDb: poolOf('payment'),
    providerKeys: PROVIDER_KEYS,
    ticketJwk: ticketKeys.publicJwk,

    async aSale(total: number, priceMinor = 500_000) {
      const eventId = randomUUID();
      const soon = (ms: number) => ({ seconds: String(Math.floor((Date.now() + ms) / 1000)), nanos: 0 });
      const price = { amountMinor: String(priceMinor), currency: 'VND' };
      await events.upsertEvent({
        requestId: randomUUID(),
        event: {
          id: eventId,
          name: 'A night out',
          venue: { name: 'Nhà hát', address: '1 Tràng Tiền', city: 'Hà Nội', country: 'VN' },
          startTime: soon(30 * 86_400_000),
          ticketTypes: [{ name: 'GA', price, maxPerOrder: 4 }],
          sale: {
            ...{ preQueueTime: soon(-60_000), openTime: soon(-30_000), closeTime: soon(86_400_000) },
            timeZone: 'Asia/Ho_Chi_Minh',
          },
          organiserId: randomUUID(),
        },
      });
      const made = await inventory.upsertTicketClasses({
        eventId,
        classes: [{ name: 'GA', price, total, maxPerOrder: 4 }],
      });
      return { eventId, classId: made.classes[0]?.id ?? '' };
    },

    admission: (userId: string, eventId: string) =>
      signJwt({
        key: signingKey,
        clock: systemClock,
        issuer: TOKEN.issuer,
        audience: TOKEN.admissionAudience,
        subject: userId,
        jwtId: randomUUID(),
        ttlMs: 3_600_000,
        claims: { event_id: eventId, place: 1, epoch: 1 },
      }),
  };
  const owned = stack.move();
  return { ...shop, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function createOrdersTable(dynamo: DynamoDBClient): Promise<void> {
  const index = (IndexName: string, hash: string, range: string) => ({
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  const keys = ['order_id', 'user_id', 'created_at', 'event_id', 'status'];
  await dynamo.send(
    new CreateTableCommand({
      TableName: ORDERS_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [{ AttributeName: 'order_id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        index('user_id-index', 'user_id', 'created_at'),
        index('event_id-index', 'event_id', 'status'),
      ],
    }),
  );
}
