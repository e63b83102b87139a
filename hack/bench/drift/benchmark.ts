import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { strToU8, zipSync } from 'fflate';
import { FUNCTIONS } from '#proto/names.ts';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { layOutOperator, operatorInItsPod } from '#runtime/local/operator-in-its-pod.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark } from '../benchmark.ts';
import { freePort, startProgram } from '../load/program.ts';
import { scrape } from '../load/prometheus.ts';
import { type Deed, deedsOn, RETENTION_MS, type Stores, TEMPORAL_RETENTION_HOURS } from './deeds.ts';

const INTERVAL_S = 10;
/** Deeds in one system and round. */
const REPEATS = 3;
/** A tenth of jitter, and the time of a look. */
const ALLOWED = 1.2;
const NAMESPACE = 'drift';
const PLATFORMS = `/apis/ticketbottle.io/v1alpha1/namespaces/${NAMESPACE}/ticketbottleplatforms`;
const STORES_READY = [
  ...['SecretsReady', 'DatabasesReady', 'TopicsReady', 'TemporalReady', 'OrdersTableReady'],
  ...['RedisReachable', 'FunctionsReady', 'TriggersReady'],
];
const SYSTEMS = ['kafka', 'postgres', 'temporal', 'dynamodb', 'lambda', 'scheduler'] as const;

const own = (figure: string) => ({ side: 'operator', figure });

export const benchmark: Benchmark = {
  name: 'drift',
  title: `Changes made by hand in every system outside, driftInterval ${INTERVAL_S}s; the longest of ${REPEATS} per round.`,
  lines: [
    ...SYSTEMS.map((system) => ({
      id: `drift-${system}`,
      title: `${system}: from the change until it is undone, in intervals`,
      unit: 'intervals',
      better: 'lower' as const,
      ours: own(`${system}Intervals`),
      target: { atMost: ALLOWED },
    })),
    {
      id: 'fresh',
      title: 'fresh platform: from its creation until everything outside is as specified',
      unit: 's',
      better: 'lower',
      ours: own('freshSeconds'),
    },
    {
      id: 'no-op',
      title: 'requests to the API server per reconcile without news',
      unit: 'requests',
      better: 'lower',
      ours: own('noOpCalls'),
      target: { atMost: 0 },
    },
    { id: 'rss', title: 'resident memory of the operator', unit: 'MB', better: 'lower', ours: own('rssMegabytes') },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('bundling the operator');
  await layOutOperator(context.root, context.signal);
  context.say('starting the API server and the stores');
  const [server, stores] = await Promise.all([
    startApiServer(),
    startBacking({ which: ['postgres', 'redis', 'kafka', 'temporal', 'aws'] }),
  ]);
  stack.defer(() => server.stop());
  stack.defer(() => stores.stop());
  await installCrds(server);
  await server.fetch('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  for (const [name, stringData] of Object.entries(secrets(stores)))
    await server.fetch('POST', `/api/v1/namespaces/${NAMESPACE}/secrets`, { metadata: { name }, stringData });
  const lambdaDir = mkdtempSync(join(tmpdir(), 'ticketbottle-bundles-'));
  stack.defer(() => rmSync(lambdaDir, { recursive: true, force: true }));
  for (const name of FUNCTIONS) writeBundle(lambdaDir, name);

  const opsPort = await freePort();
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const pod = operatorInItsPod(context.root);
  const operator = await startProgram({
    root: context.root,
    file: pod.file,
    nodeArgs: [...pod.nodeArgs, ...context.nodeArgs],
    env: {
      ...pod.env,
      KUBECONFIG: server.kubeconfig,
      POD_NAMESPACE: NAMESPACE,
      OPS_PORT: String(opsPort),
      LOG_LEVEL: 'warn',
      TICKETBOTTLE_LAMBDA_DIR: lambdaDir,
    },
    ready: async () => (await fetch(`${opsUrl}/readyz`)).ok,
  });
  stack.use(operator);
  const owned = stack.move();
  const side = { context, server, stores, opsUrl, pid: operator.pid };
  return {
    sides: [{ name: 'operator', warmUp: async () => {}, round: (index) => round(side, index) }],
    conditions: { intervalSeconds: INTERVAL_S, changesPerSystem: REPEATS },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Side {
  readonly context: BenchContext;
  readonly server: ApiServer;
  readonly stores: Stores;
  readonly opsUrl: string;
  readonly pid: number;
}

async function round(side: Side, index: number): Promise<Measured> {
  const { context, server, stores, pid } = side;
  const names = { table: `drift-${index}`, temporalNamespace: `drift-${index}` };
  const started = performance.now();
  await server.fetch('POST', PLATFORMS, platform(stores, names));
  await asSpecified(server);
  const freshSeconds = (performance.now() - started) / 1000;
  context.say(`all as specified after ${freshSeconds.toFixed(1)} s`);

  await using hands = await deedsOn({ stores, platform: 'tb', log: context.log }, names);
  const worst = await Promise.all(hands.deeds.map(async (deed) => [deed.system, await longest(deed)] as const));
  const noOpCalls = await callsPerNoOp(side);
  const rssMegabytes = residentMegabytes(pid);
  await server.fetch('DELETE', `${PLATFORMS}/tb`);
  await until(async () => (await read(server)) === undefined, 60_000);
  return {
    figures: {
      ...Object.fromEntries(worst.map(([system, seconds]) => [`${system}Intervals`, seconds / INTERVAL_S])),
      freshSeconds,
      noOpCalls,
      rssMegabytes,
    },
    work: { corrected: worst.length * REPEATS },
  };
}

/** The longest time that a change lived, of several made at any moment of the interval. */
async function longest({ system, do: change, undone }: Deed): Promise<number> {
  let seconds = 0;
  for (let time = 0; time < REPEATS; time++) {
    await sleep(Math.random() * INTERVAL_S * 1000);
    const from = performance.now();
    await change();
    await until(undone, INTERVAL_S * 5_000).catch((cause: unknown) => {
      throw new Error(`${system}: the change was not undone`, { cause });
    });
    seconds = Math.max(seconds, (performance.now() - from) / 1000);
  }
  return seconds;
}

/** Touches the platform without changing a wish, at a moment when nothing outside is due. */
async function callsPerNoOp({ server, opsUrl }: Side): Promise<number> {
  await server.fetch('PATCH', `${PLATFORMS}/tb`, { spec: { driftInterval: '10m' } }, MERGE);
  await asSpecified(server);
  const count = async () => {
    const samples = await scrape(opsUrl);
    const sum = (name: string, wanted: (key: string) => boolean) =>
      [...samples].reduce((total, [key, value]) => (key.startsWith(name) && wanted(key) ? total + value : total), 0);
    return {
      calls: sum('rest_client_requests_total{', (key) => !/verb="(watch|list)"|resource="leases/.test(key)),
      reconciles: sum('controller_runtime_reconcile_total{', (key) => key.includes('controller="platform"')),
    };
  };
  await settled(count);
  const before = await count();
  for (let touch = 0; touch < 10; touch++) {
    await server.fetch('PATCH', `${PLATFORMS}/tb`, { metadata: { annotations: { touched: String(touch) } } }, MERGE);
    await sleep(300);
  }
  await settled(count);
  const after = await count();
  const reconciles = after.reconciles - before.reconciles;
  if (reconciles < 5) throw new Error(`only ${reconciles} reconciles in ten touches`);
  return (after.calls - before.calls) / reconciles;
}

async function settled(count: () => Promise<{ calls: number }>): Promise<void> {
  let last = -1;
  await until(async () => {
    const { calls } = await count();
    const quiet = calls === last;
    last = calls;
    if (!quiet) await sleep(1_000);
    return quiet;
  }, 60_000);
}

const MERGE = 'application/merge-patch+json';

interface Platform {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; observedGeneration?: number; message: string }[];
  };
}

async function read(server: ApiServer): Promise<Platform | undefined> {
  const { items } = (await server.fetch('GET', PLATFORMS)) as { items: Platform[] };
  return items[0];
}

/** Waits until everything outside is as the newest spec says. */
async function asSpecified(server: ApiServer): Promise<void> {
  let open: string[] = [];
  await until(async () => {
    const found = await read(server);
    open = STORES_READY.flatMap((wanted) => {
      const said = found?.status?.conditions?.find(({ type }) => type === wanted);
      const done = said?.status === 'True' && said.observedGeneration === found?.metadata.generation;
      return done ? [] : [`${wanted}: ${said?.message ?? 'not looked at'}`];
    });
    return open.length === 0;
  }, 180_000).catch((cause: unknown) => {
    throw new Error(open.join('; '), { cause });
  });
}

function secrets({ postgres, aws }: Stores): Record<string, Record<string, string>> {
  return {
    'aurora-credentials': { username: postgres.user, password: postgres.password },
    'aws-credentials': { 'access-key-id': aws.accessKeyId, 'secret-access-key': aws.secretAccessKey },
    'zalopay-credentials': { 'app-id': '1', key1: 'k1', key2: 'k2' },
  };
}

function platform(stores: Stores, { table, temporalNamespace }: { table: string; temporalNamespace: string }) {
  const { postgres, redis, kafka, temporal, aws } = stores;
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    metadata: { name: 'tb', namespace: NAMESPACE },
    spec: {
      version: '1.0.0',
      driftInterval: `${INTERVAL_S}s`,
      deletionPolicy: 'Delete',
      postgres: { host: postgres.host, port: postgres.port, credentialsSecretRef: { name: 'aurora-credentials' } },
      redis: { address: redis.address },
      kafka: {
        brokers: kafka.brokers,
        replicationFactor: 1,
        topics: { 'order.paid': { partitions: 3, config: { 'retention.ms': RETENTION_MS } } },
      },
      temporal: {
        address: temporal.address,
        namespace: temporalNamespace,
        retention: `${TEMPORAL_RETENTION_HOURS}h`,
      },
      aws: { region: aws.region, endpoint: aws.endpoint, credentialsSecretRef: { name: 'aws-credentials' } },
      orders: { table, deletionProtection: false },
      payments: {
        providers: [
          { name: 'zalopay', credentialsSecretRef: { name: 'zalopay-credentials' }, baseUrl: 'http://127.0.0.1:9' },
        ],
      },
    },
  };
}

/** A function that answers. */
function writeBundle(dir: string, name: string): void {
  const source = 'export const handler = async () => ({ statusCode: 200 });';
  writeFileSync(join(dir, `${name}.zip`), zipSync({ 'index.mjs': [strToU8(source), { mtime: new Date(1980, 1, 1) }] }));
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status does not tell VmRSS`);
  return Number(kilobytes) / 1e3;
}

async function until(check: () => Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`not within ${ms / 1000} s`);
    await sleep(100);
  }
}
