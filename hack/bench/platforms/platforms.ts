import { FUNCTIONS } from '#proto/names.ts';
import type { Backing } from '#runtime/local/backing.ts';
import { type Cluster, GROUP } from '../load/api-cluster.ts';
import { until } from '../load/until.ts';

export const STORES = ['postgres', 'redis', 'kafka', 'temporal', 'aws'] as const;
export type Stores = Backing<(typeof STORES)[number]>;

/** One platform in a namespace of its own. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

interface Platform {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
}

/** The namespaces and the Secrets that platforms name; what is there before an operator has work. */
export async function prepare(cluster: Cluster, platforms: readonly Named[], stores: Stores): Promise<void> {
  const { postgres, aws } = stores;
  const secrets = {
    'aurora-credentials': { username: postgres.user, password: postgres.password },
    'aws-credentials': { 'access-key-id': aws.accessKeyId, 'secret-access-key': aws.secretAccessKey },
    'zalopay-credentials': { 'app-id': '1', key1: 'k1', key2: 'k2' },
  };
  for (const { namespace } of platforms) {
    await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    for (const [name, stringData] of Object.entries(secrets))
      await cluster.call('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name }, stringData });
  }
}

/** Creates them all; resolves with the instant (performance.now()) at which each was sent, by namespace. */
export async function create(
  cluster: Cluster,
  platforms: readonly Named[],
  stores: Stores,
): Promise<Map<string, number>> {
  const sent = new Map<string, number>();
  for (const one of platforms) {
    sent.set(one.namespace, performance.now());
    const path = `${GROUP}/namespaces/${one.namespace}/ticketbottleplatforms`;
    await cluster.call('POST', path, platformBody(one, stores));
  }
  return sent;
}

/** On stores that all share: databases, namespace and table carry the platform's name; topics have one owner, so nobody's. */
function platformBody({ namespace, name }: Named, { postgres, redis, kafka, temporal, aws }: Stores): object {
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    metadata: { name, namespace },
    spec: {
      version: '1.0.0',
      postgres: {
        host: postgres.host,
        port: postgres.port,
        credentialsSecretRef: { name: 'aurora-credentials' },
        databasePrefix: name.replaceAll('-', '_'),
      },
      redis: { address: redis.address },
      kafka: { brokers: kafka.brokers, replicationFactor: 1, management: 'Unmanaged' },
      temporal: { address: temporal.address, namespace: name },
      aws: { region: aws.region, endpoint: aws.endpoint, credentialsSecretRef: { name: 'aws-credentials' } },
      storage: { ticketBucket: `${name}-tickets` },
      orders: { table: `${name}-orders`, deletionProtection: false },
      lambda: { functions: Object.fromEntries(FUNCTIONS.map((function_) => [function_, { managed: false }])) },
      payments: {
        providers: [
          {
            name: 'zalopay',
            credentialsSecretRef: { name: 'zalopay-credentials' },
            baseUrl: 'http://127.0.0.1:9',
            webhookBaseUrl: 'https://hooks.example.com',
          },
        ],
      },
    },
  };
}

/** Sees every platform get ready. */
export interface ReadyWatch {
  /** Instants (performance.now()) at which each was seen to be, by namespace. */
  readonly ready: ReadonlyMap<string, number>;
  /** Waits until so many are; throws with what one of the others says. */
  all(count: number, withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

export function watchReady(cluster: Cluster): ReadyWatch {
  const ready = new Map<string, number>();
  const late = new Map<string, Platform>();
  const stop = new AbortController();
  const watching = (async () => {
    for await (const { object } of cluster.watch<Platform>(`${GROUP}/ticketbottleplatforms`, stop.signal)) {
      const { namespace } = object.metadata;
      if (isReady(object)) late.delete(namespace);
      else late.set(namespace, object);
      if (isReady(object) && !ready.has(namespace)) ready.set(namespace, performance.now());
    }
  })();
  watching.catch(() => {}); // A watch that breaks is found by who waits.
  return {
    ready,
    async all(count, withinMs) {
      await until(`${count} platforms ready`, () => ready.size === count, { withinMs }).catch((cause: unknown) => {
        const [one] = late.values();
        const says = one?.status?.conditions?.filter(({ status }) => status !== 'True');
        throw new Error(`${ready.size} of ${count} platforms are ready; one says ${JSON.stringify(says)}`, { cause });
      });
    },
    async stop() {
      stop.abort();
      await watching.catch(() => {});
    },
  };
}

function isReady({ metadata, status }: Platform): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && status?.observedGeneration === metadata.generation;
}
