import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { DemoOptions } from './options.ts';
import type { DemoValues } from './values.ts';

export const NAMESPACE = 'ticketbottle';
export const PLATFORM = 'ticketbottle';

interface PlatformManifest {
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown> & {
    services: Record<string, Record<string, unknown>>;
    lambda: { functions: Record<string, Record<string, unknown>> };
  };
}

interface SaleManifest {
  metadata: { name: string; namespace: string };
  spec: {
    event: Record<string, unknown>;
    ticketClasses: { name: string; quantity: number; maxPerOrder: number }[];
    schedule: Record<string, unknown>;
    waitroom: Record<string, unknown>;
    demand: Record<string, unknown>;
  } & Record<string, unknown>;
}

function sample<T>(root: string, name: string): T {
  return parse(readFileSync(join(root, 'config/samples', name), 'utf8')) as T;
}

const secret = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: NAMESPACE },
  type: 'Opaque',
  stringData: data,
});

/** The namespace and the Secrets that a platform refers to. */
export function prerequisites(values: DemoValues): object[] {
  const { zalopay, payos } = values.providers;
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    secret('aurora-credentials', { username: values.postgres.username, password: values.postgres.password }),
    ...(values.redis.token === undefined ? [] : [secret('redis-auth-token', { token: values.redis.token })]),
    secret('aws-credentials', {
      'access-key-id': values.aws.accessKeyId,
      'secret-access-key': values.aws.secretAccessKey,
    }),
    secret('zalopay-credentials', { 'app-id': zalopay.appId, key1: zalopay.key1, key2: zalopay.key2 }),
    secret('payos-credentials', {
      'client-id': payos.clientId,
      'api-key': payos.apiKey,
      'checksum-key': payos.checksumKey,
    }),
  ];
}

/** config/samples/platform.yaml with the addresses of this cluster. */
export function platformManifest(root: string, values: DemoValues, options: DemoOptions): PlatformManifest {
  const manifest = sample<PlatformManifest>(root, 'platform.yaml');
  const spec = manifest.spec;
  spec.version = values.images.version;
  spec.imageRegistry = values.images.registry;
  spec.imagePullPolicy = values.images.pullPolicy;
  spec.postgres = {
    host: values.postgres.host,
    port: values.postgres.port,
    credentialsSecretRef: { name: 'aurora-credentials' },
  };
  spec.redis = {
    address: values.redis.address,
    ...(values.redis.token === undefined ? {} : { authSecretRef: { name: 'redis-auth-token' } }),
  };
  spec.kafka = { brokers: values.kafka.brokers, replicationFactor: values.kafka.replicationFactor };
  spec.temporal = { ...(spec.temporal as object), address: values.temporal.address };
  spec.aws = {
    region: values.aws.region,
    credentialsSecretRef: { name: 'aws-credentials' },
    ...(values.aws.endpoint === undefined ? {} : { endpoint: values.aws.endpoint }),
  };
  if (values.aws.endpoint !== undefined) {
    // A stand-in for AWS: each execution at once is a process of the machine that the sale runs on.
    const { functions } = spec.lambda;
    functions['email-sender'] = { ...functions['email-sender'], reservedConcurrency: 7 };
    functions['pdf-generator'] = { ...functions['pdf-generator'], reservedConcurrency: 5 };
  }
  spec.payments = {
    providers: ['zalopay', 'payos'].map((name) => ({
      name,
      credentialsSecretRef: { name: `${name}-credentials` },
      baseUrl: values.providers.url,
    })),
  };
  spec.ingress =
    values.nodePort === undefined
      ? { serviceType: 'ClusterIP', publicUrl: values.reach.publicUrl }
      : { serviceType: 'NodePort', nodePort: values.nodePort, publicUrl: values.reach.publicUrl };
  for (const [name, service] of Object.entries(spec.services)) {
    const image = values.images.overrides?.[name];
    if (image !== undefined) service.image = image;
  }
  // A short hold, so that people who pay too late can be shown within minutes.
  spec.services.order = { ...spec.services.order, env: [{ name: 'CHECKOUT_HOLD', value: `${options.holdSeconds}s` }] };
  // All buyers of the demo come from one address.
  spec.services.gateway = {
    ...spec.services.gateway,
    env: [
      { name: 'RATE_LIMIT_PER_IP', value: '1000000' },
      { name: 'RATE_LIMIT_PER_ACCOUNT', value: '10000' },
      { name: 'PAYMENT_PROVIDERS', value: 'zalopay,payos' },
    ],
  };
  return manifest;
}

export interface SaleTimes {
  readonly preQueueAtMs: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

/** The sample's own evening would be past one day. */
const EVENING_AFTER_MS = 60 * 24 * 3_600_000;

/** config/samples/eventsale.yaml with this run's times, tickets and crowd. */
export function saleManifest(root: string, options: DemoOptions, times: SaleTimes, run: string): SaleManifest {
  const manifest = sample<SaleManifest>(root, 'eventsale.yaml');
  manifest.metadata.name = `${manifest.metadata.name}-${run}`;
  const spec = manifest.spec;
  shareTickets(spec.ticketClasses, options.tickets);
  for (const row of spec.ticketClasses) row.maxPerOrder = Math.min(row.maxPerOrder, row.quantity);
  const iso = (ms: number) => new Date(ms).toISOString();
  spec.event.startsAt = iso(times.closesAtMs + EVENING_AFTER_MS);
  spec.schedule = {
    ...spec.schedule,
    preQueueAt: iso(times.preQueueAtMs),
    opensAt: iso(times.opensAtMs),
    closesAt: iso(times.closesAtMs),
    cooldown: '5s',
  };
  // More people in the shop than two cores can serve would only make all of them slower: that is what the room is for.
  const slots = Math.max(10, Math.min(40, Math.ceil(options.tickets / 3)));
  spec.waitroom = {
    ...spec.waitroom,
    maxConcurrentCheckouts: slots,
    admissionsPerMinute: Math.max(60, slots * 6),
    checkoutTTL: `${options.holdSeconds + 60}s`,
    claimWindow: '20s',
  };
  spec.demand = { expectedBuyers: options.buyers, peakJoinsPerSecond: Math.max(10, Math.ceil(options.buyers / 20)) };
  return manifest;
}

/** Gives each class its share of the house; nothing is lost to rounding and every class keeps at least one ticket. */
export function shareTickets(classes: { quantity: number }[], tickets: number): void {
  const before = classes.reduce((sum, row) => sum + row.quantity, 0);
  let rest = tickets;
  for (const row of classes.slice(1)) {
    row.quantity = Math.max(1, Math.floor((row.quantity * tickets) / before));
    rest -= row.quantity;
  }
  const first = classes[0];
  if (first !== undefined) first.quantity = rest;
}
