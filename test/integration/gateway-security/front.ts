import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import pg from 'pg';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type { OrderServiceDefinition, OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { newId } from '#runtime/ids.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { money } from '#runtime/money.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { Readiness } from '#runtime/readiness.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { createJwtVerifier, generateKeyPairJwk, jwksOf, type KeyPairJwk } from '#runtime/tokens.ts';
import { type OrderServiceDeps, orderService } from '#services/order/api/order-service.ts';
import { ticketSigner, ticketsOf } from '#services/order/domain/tickets.ts';
import { OrderTable } from '#services/order/store/order-table.ts';
import { ScanTable } from '#services/order/store/scan-table.ts';
import { freePort, migratedDatabase, ROOT, startService } from '../services-front/servers.ts';

export interface Session {
  readonly user: { readonly id: string; readonly email: string; readonly roles: string[] };
  readonly accessToken: string;
  readonly refreshToken: string;
}
export type Front = Awaited<ReturnType<typeof startFront>>;

export const PASSWORD = 'một mật khẩu';
const TABLE = 'orders';

/**
 * Two gateways before real user, event and waitroom processes, Postgres, Redis and the AWS endpoint. The order service's own
 * code answers on gRPC with its real table and without Temporal: nobody buys here.
 */
export async function startFront(stack: AsyncDisposableStack, gatewayEnv: Record<string, string> = {}) {
  const backing = stack.use(await startBacking({ which: ['postgres', 'redis', 'aws'] }));
  const keys = await Promise.all([1, 2, 3, 4].map(() => generateKeyPairJwk()));
  const [admission, access, older, tickets] = keys as [KeyPairJwk, KeyPairJwk, KeyPairJwk, KeyPairJwk];
  const credentials = { accessKeyId: 'ticketbottle', secretAccessKey: 'ticketbottle-local' };
  const aws = { region: 'us-east-1', endpoint: backing.aws.endpoint, credentials };
  const ses = new SESv2Client(aws);
  stack.defer(() => ses.destroy());
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'tickets@example.com' }));

  const { table, scans, dynamo } = await ordersTable(stack, aws);
  // Placing and cancelling go through Temporal, which is not here; whoever comes so far fails loudly.
  const unused = {} as Pick<OrderServiceDeps, 'workflows' | 'payment' | 'inventory' | 'activities'>;
  const verifyToken = createJwtVerifier({
    ...{ jwks: jwksOf(admission.publicJwk), clock: systemClock },
    ...{ issuer: TOKEN.issuer, audience: TOKEN.admissionAudience },
  });
  const definition = loadService<OrderServiceDefinition>(
    ROOT,
    'ticketbottle/order/v1/order.proto',
    'ticketbottle.order.v1.OrderService',
  );
  const orders = stack.use(
    await startGrpcServer({
      services: [
        bindService<OrderServiceHandlers>(
          definition,
          orderService({ ...unused, verifyToken, table, scans, clock: systemClock }),
        ),
      ],
      port: 0,
      host: '127.0.0.1',
      log: silentLogger(),
      metrics: createMetrics('order'),
      readiness: new Readiness(),
      clock: systemClock,
    }),
  );

  const ports = await Promise.all(Array.from({ length: 12 }, freePort));
  const port = (index: number) => ports[index] as number;
  const at = (index: number) => `127.0.0.1:${port(index)}`;
  const [userDatabase, eventDatabase] = await Promise.all([
    migratedDatabase(backing.postgres.url, 'user'),
    migratedDatabase(backing.postgres.url, 'event'),
  ]);
  const start = async (...args: Parameters<typeof startService>) => stack.use(await startService(...args));
  const gateway = {
    USER_ADDR: at(0),
    EVENT_ADDR: at(1),
    WAITROOM_ADDR: at(2),
    // Nothing listens there.
    INVENTORY_ADDR: at(3),
    ORDER_ADDR: `127.0.0.1:${orders.port}`,
    REDIS_ADDRESS: backing.redis.address,
    ACCESS_PRIVATE_JWK: JSON.stringify(access.privateJwk),
    // As in the middle of a rotation: the older key still verifies.
    ACCESS_JWKS: JSON.stringify(jwksOf(access.publicJwk, older.publicJwk)),
    TICKET_JWKS: JSON.stringify(jwksOf(tickets.publicJwk)),
    RATE_LIMIT_PER_ACCOUNT: '100000',
    RATE_LIMIT_SIGNIN_PER_EMAIL: '1000',
    ...gatewayEnv,
  };
  const starting = [
    start(
      'user',
      {
        GRPC_PORT: String(port(0)),
        DATABASE_URL: userDatabase,
        MAIL_FROM: 'tickets@example.com',
        AWS_ENDPOINT_URL_SESV2: backing.aws.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        PUBLIC_URL: 'https://shop.example',
      },
      port(6),
    ),
    start('event', { GRPC_PORT: String(port(1)), DATABASE_URL: eventDatabase, TB_PLATFORM: 'ns/p' }, port(7)),
    start(
      'waitroom',
      {
        GRPC_PORT: String(port(2)),
        REDIS_ADDRESS: backing.redis.address,
        ADMISSION_PRIVATE_JWK: JSON.stringify(admission.privateJwk),
      },
      port(8),
    ),
    start('gateway', { ...gateway, HTTP_PORT: String(port(4)) }, port(9)),
    start('gateway', { ...gateway, HTTP_PORT: String(port(5)) }, port(10)),
  ];
  await Promise.allSettled(starting);
  await Promise.all(starting);
  const bases = [`http://${at(4)}`, `http://${at(5)}`] as const;
  const commands = stack.use(
    createClient<ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>>({
      address: at(1),
      definition: loadService(ROOT, 'ticketbottle/event/v1/event.proto', 'ticketbottle.event.v1.EventCommandService'),
      log: silentLogger(),
    }),
  );

  async function call(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string>; gateway?: 0 | 1 } = {},
  ) {
    const response = await fetch(`${bases[options.gateway ?? 0]}${path.startsWith('/.') ? '' : '/api/v1'}${path}`, {
      method,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined };
  }

  let accounts = 0;
  async function signUp(): Promise<Session> {
    const body = { email: `person${++accounts}@example.com`, password: PASSWORD, fullName: `Person ${accounts}` };
    const { status, body: session, text } = await call('POST', '/auth/signup', { body });
    if (status !== 201) throw new Error(text);
    return session as Session;
  }
  async function signIn(email: string, password = PASSWORD): Promise<Session> {
    const { status, body, text } = await call('POST', '/auth/signin', { body: { email, password } });
    if (status !== 200) throw new Error(text);
    return body as Session;
  }
  /** The first administrator of a platform is made in the database; the rest through the API. */
  async function administrator(): Promise<Session> {
    const { user } = await signUp();
    const client = new pg.Client({ connectionString: userDatabase });
    await client.connect();
    await client.query("INSERT INTO user_roles (user_id, role) VALUES ($1, 'admin')", [user.id]);
    await client.end();
    return await signIn(user.email);
  }

  /** A paid order of two tickets, as the saga leaves it. */
  async function paidOrder(userId: string, eventId: string) {
    const id = newId();
    const price = money(500_000n, 'VND');
    const order: Parameters<OrderTable['create']>[0] = {
      ...{ id, code: 'TB12345678', eventId, userId, email: 'a@example.com', fullName: 'Nguyễn An', language: 'vi' },
      ...{
        lines: [{ ticketClassId: newId(), className: 'GA', quantity: 2, unitPrice: price }],
        total: money(1_000_000n, 'VND'),
      },
      ...{ state: 'PENDING', failureReason: '', provider: 'zalopay', paymentUrl: '', holdExpireTimeMs: Date.now() },
      ...{ tickets: [], createTimeMs: Date.now(), updateTimeMs: Date.now(), rehearsal: false, returnUrl: '' },
    };
    await table.create(order);
    const issued = ticketsOf(order, ticketSigner(tickets.privateJwk));
    await table.issue(id, issued, { topic: 'order.paid', orderId: id, initiated: undefined });
    return { id, tickets: issued };
  }

  /** As the saga of a late refund would leave it. */
  async function refund(orderId: string): Promise<void> {
    await dynamo.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: { order_id: orderId },
        UpdateExpression: 'SET #s = :s',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':s': 'REFUNDED' },
      }),
    );
  }

  /** A published event, as the operator leaves it; published again with another name, it is changed. */
  async function publish(eventId: string, name: string): Promise<void> {
    await commands.upsertEvent({
      requestId: '',
      event: {
        ...{ id: eventId, name, venue: { name: 'Hall', address: '', city: 'Hà Nội', country: 'VN' } },
        startTime: toTimestamp(Date.UTC(2027, 1, 1)),
        ticketTypes: [{ name: 'GA', price: { amountMinor: '500000', currency: 'VND' }, maxPerOrder: 4 }],
        sale: { openTime: toTimestamp(1_800_000_000_000), closeTime: toTimestamp(1_800_000_360_000), timeZone: 'UTC' },
      },
    });
    await commands.approveEvent({ eventId });
    await commands.publishEvent({ eventId });
  }

  const mailboxUrl = backing.aws.mailboxUrl;
  return { bases, call, signUp, signIn, administrator, paidOrder, refund, publish, access, older, mailboxUrl };
}

async function ordersTable(
  stack: AsyncDisposableStack,
  aws: ConstructorParameters<typeof DynamoDBClient>[0],
): Promise<{ table: OrderTable; scans: ScanTable; dynamo: DynamoDBDocumentClient }> {
  const client = new DynamoDBClient(aws as never);
  const index = (IndexName: string, hash: string, range: string) => ({
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
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
  const dynamo = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  stack.defer(() => dynamo.destroy());
  const deps = { dynamo, table: TABLE, clock: systemClock };
  return { table: new OrderTable(deps), scans: new ScanTable(deps), dynamo };
}
