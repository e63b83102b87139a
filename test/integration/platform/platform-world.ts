import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { strToU8, zipSync } from 'fflate';
import { pino } from 'pino';
import type { Condition } from '#operator/api/conditions.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { type Applier, createApplier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { Controller } from '#operator/kube/controller.ts';
import { createInformers } from '#operator/kube/informer.ts';
import { createRecorder } from '#operator/kube/recorder.ts';
import { PLATFORM, SECRET } from '#operator/kube/resource.ts';
import { createPlatformController } from '#operator/platform/controller.ts';
import { FUNCTIONS, type FunctionName } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { startControllers, WORKLOAD_CONTROLLERS } from '#runtime/local/control-programs.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, eventually, leaderOf, makeNamespace } from '../kube/api-fixture.ts';
import { type KubeletStandIn, runKubelets } from './kubelet-stand-in.ts';

export type Stores = Backing<'postgres' | 'redis' | 'kafka' | 'temporal' | 'aws'>;

export interface World {
  readonly api: ApiServer;
  readonly stores: Stores;
}

/** Longer than any call may take. */
const STOP_MS = 40_000;

let shared: Promise<World & { stop(): Promise<void> }> | undefined;

/** Real stores, API server and controllers, one set for all files of this folder that ask. */
export function theWorld(): Promise<World> {
  shared ??= (async () => {
    const [stores, api] = await Promise.all([
      startBacking({ which: ['postgres', 'redis', 'kafka', 'temporal', 'aws'] }),
      startApiServer(),
    ]);
    await installCrds(api);
    const controllers = await startControllers(api, WORKLOAD_CONTROLLERS);
    return {
      stores,
      api,
      async stop() {
        await controllers.stop();
        await api.stop();
        await stores.stop();
      },
    };
  })();
  return shared;
}

// A root hook: runs once, when every file is through.
after(async function () {
  this.timeout(60_000);
  await (await shared)?.stop();
});

/** One namespace with an operator that looks after it, nodes that play along, and the Secrets of a platform. */
export interface Site {
  readonly namespace: string;
  /** For the test's own calls. */
  readonly client: KubeClient;
  /** The operator's: its calls can be counted. */
  readonly own: KubeClient;
  readonly controller: Controller;
  readonly nodes: KubeletStandIn;
  readonly metrics: Registry;
  /** What the operator logged, one JSON object per line, at every level. */
  readonly logs: string[];
  read(name?: string): Promise<TicketBottlePlatform>;
  patch(spec: object, name?: string): Promise<unknown>;
  annotate(annotations: Record<string, string | null>, name?: string): Promise<unknown>;
  /** Waits until a condition says so. */
  becomes(type: string, want: Partial<Condition>, options?: { ms?: number; name?: string }): Promise<Condition>;
  /** Waits until nothing is under way and the operator is silent. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function openSite(
  world: World,
  given?: {
    secrets?: Record<string, Record<string, string>>;
    /** Functions that there is a zip of. */
    bundles?: readonly FunctionName[];
    /** One that another site left behind, with everything in it. */
    namespace?: string;
    /** Lease of the operator, as another installation has another one. */
    lease?: string;
    /** Version of the operator. */
    version?: string;
  },
): Promise<Site> {
  const stop = new AbortController();
  const [client, metrics] = [clientOf(world.api), new Registry()];
  const own = clientOf(world.api, metrics);
  const namespace = given?.namespace ?? (await makeNamespace(client));
  const lambdaDir = mkdtempSync(join(tmpdir(), 'ticketbottle-bundles-'));
  for (const name of given?.bundles ?? []) writeBundle(lambdaDir, name);
  const wanted = given?.namespace === undefined ? { ...secretsOf(world.stores), ...given?.secrets } : {};
  await createSecrets(client, namespace, wanted);

  const logs: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logs.push(chunk.toString('utf8'));
      done();
    },
  });
  const log = pino({ level: 'trace' }, sink) as never;
  const appliers = new Map<string, Applier>();
  const informers = createInformers({ client: own, log, clock: systemClock, metrics, namespaces: [namespace] });
  const recorder = createRecorder({
    client,
    clock: systemClock,
    log,
    metrics,
    controller: 'ticketbottle.io/operator',
    instance: 'test',
  });
  const controller = createPlatformController({
    client: own,
    applier: (fieldManager) => {
      const known = appliers.get(fieldManager) ?? createApplier({ client: own, fieldManager, metrics });
      appliers.set(fieldManager, known);
      return known;
    },
    informers,
    recorder,
    leader: leaderOf(given?.lease),
    clock: systemClock,
    log,
    metrics,
    config: {
      watchNamespaces: [namespace],
      podNamespace: 'ticketbottle-system',
      podName: 'test',
      leaderElect: false,
      logLevel: 'trace',
      root: process.cwd(),
      lambdaDir,
      opsPort: 0,
      version: given?.version ?? 'test',
      kubeconfig: undefined,
    } as never,
  });
  const nodes = runKubelets(client, namespace, stop.signal);
  const running = [informers.start(stop.signal), controller.run(stop.signal)];

  const read = async (name = 'tb') => {
    const found = await client.get<TicketBottlePlatform>(PLATFORM, namespace, name);
    assert.ok(found !== undefined, `no platform ${name}`);
    return found;
  };
  return {
    namespace,
    client,
    own,
    controller,
    nodes,
    metrics,
    logs,
    read,
    patch: (spec, name = 'tb') => client.mergePatch(PLATFORM, namespace, name, { spec }),
    annotate: (annotations, name = 'tb') => client.mergePatch(PLATFORM, namespace, name, { metadata: { annotations } }),
    becomes: (type, want, { ms = 60_000, name = 'tb' } = {}) =>
      eventually(async () => {
        const one = await read(name);
        const found = one.status?.conditions?.find((condition) => condition.type === type);
        if (found === undefined || found.observedGeneration !== one.metadata.generation) return undefined;
        const fits = Object.entries(want).every(([key, value]) => found[key as keyof Condition] === value);
        return fits ? (found as Condition) : undefined;
      }, ms).catch(async () => {
        assert.fail(
          `${type} is not ${JSON.stringify(want)}: ${JSON.stringify((await read(name)).status?.conditions, null, 1)}`,
        );
      }),
    async settled() {
      await eventually(async () => {
        const before = own.calls.total();
        await systemClock.sleep(700);
        const one = await read();
        const busy = one.status?.conditions?.some(({ type }) => type === 'Reconciling');
        return !busy && own.calls.total() === before;
      }, 60_000);
    },
    async stop() {
      stop.abort();
      // A look at a store may be under way that does not hear of the end; what it belongs to is told, and left behind.
      const lateOf = async (what: string, work: Promise<unknown> | undefined) =>
        (await within(STOP_MS, work)) ? [] : [what];
      const late = (await Promise.all([lateOf('informers', running[0]), lateOf('controller', running[1])])).flat();
      late.push(...(await lateOf('recorder', recorder.flush())));
      if (late.length > 0)
        console.warn(
          `${namespace}: not ended after ${STOP_MS / 1000} s: ${late.join(', ')}\n${logs.slice(-20).join('')}`,
        );
      await client.close();
      await own.close();
      rmSync(lambdaDir, { recursive: true, force: true });
    },
  };
}

/** False when it takes longer; how it ends does not matter. */
const within = (ms: number, work: Promise<unknown> | undefined): Promise<boolean> =>
  Promise.race([Promise.allSettled([work]).then(() => true), sleep(ms, false, { ref: false })]);

/** A function that answers. */
function writeBundle(dir: string, name: FunctionName): void {
  const source = `export const handler = async () => ({ statusCode: 200, body: '${name}' });`;
  writeFileSync(join(dir, `${name}.zip`), zipSync({ 'index.mjs': [strToU8(source), { mtime: new Date(1980, 1, 1) }] }));
}

export async function createSecrets(
  client: KubeClient,
  namespace: string,
  values: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  for (const [name, stringData] of Object.entries(values))
    await client.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData,
    } as never);
}

export function secretsOf({ postgres, aws }: Stores): Record<string, Record<string, string>> {
  return {
    'aurora-credentials': { username: postgres.user, password: postgres.password },
    'aws-credentials': { 'access-key-id': aws.accessKeyId, 'secret-access-key': aws.secretAccessKey },
    'zalopay-credentials': { 'app-id': '1', key1: 'k1', key2: 'k2' },
  };
}

/** A platform on the world's stores, without functions: they have tests of their own. */
export function platformOn({ stores }: World, namespace: string, spec: object = {}, name = 'tb') {
  const { postgres, redis, kafka, temporal, aws } = stores;
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    metadata: { name, namespace },
    spec: {
      version: '1.0.0',
      postgres: { host: postgres.host, port: postgres.port, credentialsSecretRef: { name: 'aurora-credentials' } },
      redis: { address: redis.address },
      kafka: { brokers: kafka.brokers, replicationFactor: 1 },
      temporal: { address: temporal.address, namespace: `world-${process.pid}` },
      aws: { region: aws.region, endpoint: aws.endpoint, credentialsSecretRef: { name: 'aws-credentials' } },
      orders: { deletionProtection: false },
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
      ...spec,
    },
  };
}
