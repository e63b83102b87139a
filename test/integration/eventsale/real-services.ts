import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { createOrdersTable, dynamoDbClient } from '#operator/external/dynamodb.ts';
import { createTopics } from '#operator/external/kafka.ts';
import { SERVICE_DATABASE, SERVICES, type ServiceName, TOPIC } from '#proto/names.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import { freePort } from '../services-front/servers.ts';
import { createWebhookFunction } from './webhook-function.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** All seven services as processes of their own, beside the real servers they need. */
export interface RealServices extends AsyncDisposable {
  readonly addressOf: (service: ServiceName) => string;
  readonly redisAddress: string;
  readonly aws: Backing<'aws'>['aws'];
  readonly postgres: Backing<'postgres'>['postgres'];
  /** ACCESS_PRIVATE_JWK of the platform, as its Secret holds it. */
  readonly accessKey: string;
  /** What a service printed so far. */
  readonly logOf: (service: ServiceName) => string;
  stop(service: ServiceName, signal: NodeJS.Signals): Promise<void>;
  /** Stops it where it stands: its connections stay open and nothing answers. Returns what lets it go on. */
  freeze(service: ServiceName): () => void;
}

export async function startRealServices(): Promise<RealServices> {
  await using stack = new AsyncDisposableStack();
  const signal = new AbortController().signal;
  const backing = stack.use(await startBacking({ which: ['postgres', 'redis', 'kafka', 'temporal', 'aws'] }));
  const { accessKeyId, secretAccessKey, region, endpoint } = backing.aws;

  const topics = createTopics({ brokers: backing.kafka.brokers, clientId: 'test', log: silentLogger() });
  const wanted = Object.values(TOPIC).map((name) => ({ name, partitions: 3, replicationFactor: 1, config: {} }));
  await topics.apply(topics.diff(wanted, await topics.observe(wanted, signal)), signal);
  const table = createOrdersTable(dynamoDbClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } }));
  const orders = {
    name: 'ticketbottle-orders',
    pointInTimeRecovery: false,
    deletionProtection: false,
    replicaRegions: [],
  };
  await table.apply(table.diff(orders, await table.observe(orders, signal)), signal);
  await createWebhookFunction(backing.aws, 'ticketbottle-payment-webhook-handler');

  const ports = new Map<ServiceName, { main: number; ops: number }>();
  for (const service of SERVICES) ports.set(service, { main: await freePort(), ops: await freePort() });
  const portOf = (service: ServiceName) => ports.get(service)?.main ?? 0;
  const addressOf = (service: ServiceName) => `127.0.0.1:${portOf(service)}`;

  const [admission, access, ticket] = await Promise.all([
    generateKeyPairJwk(),
    generateKeyPairJwk(),
    generateKeyPairJwk(),
  ]);
  const jwks = (pair: typeof admission) => JSON.stringify(jwksOf(pair.publicJwk));
  const accessKey = JSON.stringify(access.privateJwk);
  const shared: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    TICKETBOTTLE_ROOT: ROOT,
    LOG_LEVEL: 'info',
    REDIS_ADDRESS: backing.redis.address,
    KAFKA_BROKERS: backing.kafka.brokers.join(','),
    TEMPORAL_ADDRESS: backing.temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    ORDERS_TABLE: orders.name,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ADMISSION_PRIVATE_JWK: JSON.stringify(admission.privateJwk),
    ADMISSION_JWKS: jwks(admission),
    ACCESS_PRIVATE_JWK: accessKey,
    ACCESS_JWKS: jwks(access),
    TICKET_PRIVATE_JWK: JSON.stringify(ticket.privateJwk),
    TICKET_JWKS: jwks(ticket),
    PUBLIC_URL: `http://${addressOf('gateway')}`,
    WEBHOOK_BASE_URL: 'http://127.0.0.1:9',
    ...Object.fromEntries(
      SERVICES.filter((service) => service !== 'gateway').map((service) => [
        `${service.toUpperCase()}_ADDR`,
        `dns:///${addressOf(service)}`,
      ]),
    ),
  };

  const running = new Map<ServiceName, ReturnType<typeof spawn>>();
  const logs = new Map<ServiceName, string>();
  const stop = async (service: ServiceName, how: NodeJS.Signals) => {
    const child = running.get(service);
    running.delete(service);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(how);
    const grace = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(grace);
  };
  stack.defer(async () => {
    await Promise.all(SERVICES.map((service) => stop(service, 'SIGTERM')));
  });

  for (const service of SERVICES) {
    const { main, ops } = ports.get(service) ?? { main: 0, ops: 0 };
    const database = SERVICE_DATABASE[service as keyof typeof SERVICE_DATABASE];
    const env = {
      ...shared,
      OPS_PORT: String(ops),
      [service === 'gateway' ? 'HTTP_PORT' : 'GRPC_PORT']: String(main),
      ...(database === undefined ? {} : { DATABASE_URL: await migrated(backing.postgres.url, database, service) }),
    };
    const child = spawn(process.execPath, [join(ROOT, 'services', service, 'main.ts')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => logs.set(service, (logs.get(service) ?? '') + chunk));
    running.set(service, child);
    // One after another: a small machine that starts seven at once runs into their own start-up limits.
    await untilReady(service, ops, running, logs);
  }

  const owned = stack.move();
  return {
    addressOf,
    redisAddress: backing.redis.address,
    aws: backing.aws,
    postgres: backing.postgres,
    accessKey,
    logOf: (service) => logs.get(service) ?? '',
    stop,
    freeze(service) {
      const child = running.get(service);
      child?.kill('SIGSTOP');
      return () => void child?.kill('SIGCONT');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function migrated(serverUrl: string, database: string, service: ServiceName): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE "${database}"`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = database;
  const dir = join(ROOT, 'services', service, 'migrations');
  await migrate({ connectionString: url.href, dir, log: silentLogger() });
  return url.href;
}

async function untilReady(
  service: ServiceName,
  ops: number,
  running: ReadonlyMap<ServiceName, ReturnType<typeof spawn>>,
  logs: ReadonlyMap<ServiceName, string>,
): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${ops}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (running.get(service)?.exitCode !== null || performance.now() > end)
      throw new Error(`${service} did not get ready:\n${logs.get(service)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
