import { SERVICES } from '#proto/names.ts';
import { PROVIDER_KEYS } from '#runtime/local/backing/providers.ts';
import { backingAddresses, LOCAL_PORTS } from '#runtime/local/backing.ts';
import type { RegionStores } from '#runtime/local/replicated-stores.ts';
import { ORDERS_TABLE } from '#runtime/local/shop/shop.ts';
import type { Cluster } from './cluster.ts';

/** One region: a namespace with an operator of its own. Namespace and platform have its name. */
export interface RegionPlan {
  readonly name: 'east' | 'west';
  readonly awsName: string;
  readonly role: 'Active' | 'Standby';
  readonly nodePort: number;
  readonly stores: RegionStores;
}

/** What both regions have in common: as global tables, and as namespaces of Temporal Cloud, are in either of two. */
export const sharedServices = ({ layout }: Cluster) => backingAddresses(layout.nodeIp, LOCAL_PORTS);

export const endpointOf = ({ layout }: Cluster, nodePort: number) => `http://${layout.loopback}:${nodePort}`;

/** Sooner than in production, so that the drill is over sooner; what counts against the targets contains it. */
export const LEASE = '30s';
export const HOLD_MS = 30_000;

/** config/namespaced with another namespace. */
export async function operatorManifest({ kubectl, images }: Cluster, folder: string, namespace: string) {
  const text = await kubectl(['kustomize', folder]);
  return text
    .replaceAll('ticketbottle-system', namespace)
    .replace(/image: \S*operator:\S+/, `image: ${images.get('operator')}`)
    .replaceAll('imagePullPolicy: IfNotPresent', 'imagePullPolicy: Never');
}

export function secretsOf(cluster: Cluster, { name, stores }: RegionPlan): object[] {
  const { aws } = sharedServices(cluster);
  const { zalopay, payos } = PROVIDER_KEYS;
  const secret = (of: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: of, namespace: name },
    stringData,
  });
  return [
    secret('aurora-credentials', { username: stores.postgres.user, password: stores.postgres.password }),
    secret('aws-credentials', { 'access-key-id': aws.accessKeyId, 'secret-access-key': aws.secretAccessKey }),
    secret('zalopay-credentials', { 'app-id': zalopay.appId, key1: zalopay.key1, key2: zalopay.key2 }),
    secret('payos-credentials', {
      'client-id': payos.clientId,
      'api-key': payos.apiKey,
      'checksum-key': payos.checksumKey,
    }),
  ];
}

/** The sale as Git has it for every region; only the name of its platform is the region's own. */
export function saleManifest(
  { name }: RegionPlan,
  sale: { readonly eventId: string; readonly opensAtMs: number; readonly closesAtMs: number },
): object {
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'EventSale',
    metadata: { name: SALE, namespace: name },
    spec: {
      platformRef: { name },
      event: {
        ...{ id: sale.eventId, name: 'A night out', startsAt: at(sale.opensAtMs + 30 * 86_400_000) },
        venue: { name: 'Nhà hát', address: '1 Tràng Tiền', city: 'Hà Nội', country: 'VN' },
      },
      ticketClasses: [
        { name: 'GA', quantity: 5_000, price: { amountMinor: 500_000, currency: 'VND' }, maxPerOrder: 4 },
      ],
      schedule: {
        ...{ preQueueAt: at(sale.opensAtMs - 5_000), opensAt: at(sale.opensAtMs), closesAt: at(sale.closesAtMs) },
        ...{ timeZone: 'Asia/Ho_Chi_Minh', cooldown: '5s' },
      },
      // As many as this machine can serve at once: after an outage those who waited queue in the room, where each has a place, and
      // not at Temporal, behind the eight tasks that a worker takes while the CPU is used up. Admissions outlive the drill.
      waitroom: { maxConcurrentCheckouts: 24, admissionsPerMinute: 600, checkoutTTL: '15m', claimWindow: '5m' },
      demand: { expectedBuyers: 400, peakJoinsPerSecond: 5 },
      // One replica of each is all that this machine has room for.
      onNotReady: { policy: 'OpenAnyway' },
      rehearsal: { enabled: false },
    },
  };
}

export const SALE = 'a-night-out';

export function platformManifest(cluster: Cluster, region: RegionPlan): object {
  const { name, awsName, role, nodePort, stores } = region;
  const { kafka, temporal, aws, providers } = sharedServices(cluster);
  const env: Partial<Record<string, object[]>> = {
    // All buyers come from here.
    gateway: [
      { name: 'RATE_LIMIT_PER_IP', value: '1000000' },
      { name: 'RATE_LIMIT_PER_ACCOUNT', value: '10000' },
    ],
    order: [{ name: 'CHECKOUT_HOLD', value: `${HOLD_MS / 1_000}s` }],
  };
  const services = SERVICES.map((service) => [
    service,
    {
      image: cluster.images.get(service),
      replicas: { min: 1, max: 1 },
      resources: { requests: { cpu: '50m', memory: '96Mi' } },
      ...(env[service] === undefined ? {} : { env: env[service] }),
    },
  ]);
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    metadata: { name, namespace: name },
    spec: {
      version: '1.0.0',
      imageRegistry: 'localhost/ticketbottle',
      imagePullPolicy: 'Never',
      region: { name: awsName, role, failover: { lease: LEASE } },
      services: Object.fromEntries(services),
      postgres: {
        ...{ host: stores.postgres.host, port: stores.postgres.port },
        credentialsSecretRef: { name: 'aurora-credentials' },
      },
      redis: { address: stores.redis.address },
      kafka: { brokers: kafka.brokers, replicationFactor: 1 },
      temporal: { address: temporal.address, namespace: 'ticketbottle' },
      aws: { region: aws.region, endpoint: aws.endpoint, credentialsSecretRef: { name: 'aws-credentials' } },
      orders: { table: ORDERS_TABLE, deletionProtection: false },
      storage: { ticketBucket: `ticketbottle-tickets-${name}` },
      payments: {
        providers: ['zalopay', 'payos'].map((provider) => ({
          ...{ name: provider, baseUrl: providers.url },
          credentialsSecretRef: { name: `${provider}-credentials` },
        })),
      },
      ingress: { serviceType: 'NodePort', nodePort, publicUrl: endpointOf(cluster, nodePort) },
    },
  };
}
