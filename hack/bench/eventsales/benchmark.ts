import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { layOutOperator, operatorInItsPod } from '#runtime/local/operator-in-its-pod.ts';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark } from '../benchmark.ts';
import { cpuSecondsOf, residentMegabytes } from '../load/process-cost.ts';
import { freePort, type RunningProgram, startProgram } from '../load/program.ts';
import { scrape } from '../load/prometheus.ts';

const SALES = 1_000;
/** Creates under way at once, as a GitOps tool has them. */
const CREATORS = 10;
const GIVE_UP_MS = 10 * 60_000;

const own = (figure: string) => ({ side: 'operator', figure });

export const benchmark: Benchmark = {
  name: 'eventsales',
  title: `${SALES} EventSales of one platform: create to planned, and again by the next leader after the first was killed.`,
  lines: [
    {
      id: 'create-to-planned',
      title: `from the first create until all ${SALES} have a plan in their status`,
      unit: 's',
      better: 'lower',
      ours: own('plannedSeconds'),
      target: { atMost: 120 },
    },
    {
      id: 'replan',
      title: 'next leader: from taking the lease until it has looked at every sale',
      unit: 's',
      better: 'lower',
      ours: own('replanSeconds'),
      target: { atMost: 60 },
    },
    {
      id: 'takeover',
      title: 'from the kill of the leader until the next one leads',
      unit: 's',
      better: 'lower',
      ours: own('takeoverSeconds'),
      target: { atMost: 25 },
    },
    {
      id: 'replan-writes',
      title: 'status writes of the next leader that found nothing to change',
      unit: 'writes',
      better: 'lower',
      ours: own('replanWrites'),
      target: { atMost: 0 },
    },
    {
      id: 'calls',
      title: 'calls to the API server for one sale: finalizer, status, event',
      unit: 'calls',
      better: 'lower',
      ours: own('callsPerSale'),
      target: { atMost: 3.5 },
    },
    {
      id: 'replan-calls',
      title: 'calls to the API server of the next leader for all of them',
      unit: 'calls',
      better: 'lower',
      ours: own('replanCalls'),
    },
    { id: 'cpu', title: 'CPU of the operator for one sale', unit: 'ms', better: 'lower', ours: own('cpuMsPerSale') },
    { id: 'rss', title: 'resident memory with all of them', unit: 'MB', better: 'lower', ours: own('rssMegabytes') },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('bundling the operator');
  await layOutOperator(context.root, context.signal);
  context.say('starting the API server and Redis');
  const backing = stack.use(await startBacking({ which: ['redis'], signal: context.signal }));
  const server = await startApiServer();
  stack.defer(() => server.stop());
  for (const file of ['ticketbottle.io_eventsales.yaml', 'ticketbottle.io_ticketbottleplatforms.yaml'])
    await server.fetch(
      'POST',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      parse(readFileSync(join(context.root, 'crds', file), 'utf8')),
    );
  for (const plural of ['eventsales', 'ticketbottleplatforms'])
    await until(
      () =>
        server.fetch('GET', `/apis/ticketbottle.io/v1alpha1/${plural}`).then(
          () => true,
          () => false,
        ),
      60_000,
    );
  const owned = stack.move();
  return {
    sides: [
      {
        name: 'operator',
        warmUp: async () => {},
        round: (index) => round(context, server, backing.redis.address, index),
      },
    ],
    conditions: { sales: SALES, creators: CREATORS, workers: 16 },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function round(context: BenchContext, server: ApiServer, redisAddress: string, index: number): Promise<Measured> {
  const namespace = `bench-${index}-${process.pid}`;
  await server.fetch('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await makePlatform(context, server, redisAddress, namespace);
  const first = await startOperator(context, server, namespace, 'first');
  let second: Awaited<ReturnType<typeof startOperator>> | undefined;
  try {
    const callsBefore = await first.calls();
    const cpuBefore = cpuSecondsOf(first.program.pid);
    const started = performance.now();
    await createSales(context, server, namespace);
    const createdSeconds = (performance.now() - started) / 1000;
    context.say(`created in ${createdSeconds.toFixed(1)} s`);
    // Lists of a thousand sales, and even metrics of them, asked for all the time would be most of what is measured.
    await until(async () => (await first.writes()) >= SALES, GIVE_UP_MS, 2_000);
    await until(
      async () => ((await listSales(server, namespace)) ?? []).filter(isPlanned).length === SALES,
      GIVE_UP_MS,
    );
    const plannedSeconds = (performance.now() - started) / 1000;
    const rssMegabytes = residentMegabytes(first.program.pid);
    const cpuMsPerSale = ((cpuSecondsOf(first.program.pid) - cpuBefore) * 1000) / SALES;
    const callsPerSale = ((await first.calls()) - callsBefore) / SALES;

    second = await startOperator(context, server, namespace, 'second');
    const callsAsFollower = await second.calls();
    const killed = performance.now();
    await first.program.stop('SIGKILL');
    await until(async () => first !== undefined && (await second?.leads()) === true, 60_000);
    const leads = performance.now();
    await until(async () => ((await second?.reconciled()) ?? 0) >= SALES, GIVE_UP_MS, 1_000);
    const replanSeconds = (performance.now() - leads) / 1000;
    const replanWrites = await second.writes();
    const replanCalls = (await second.calls()) - callsAsFollower;
    context.say(`planned in ${plannedSeconds.toFixed(1)} s, by the next leader in ${replanSeconds.toFixed(1)} s`);
    return {
      figures: {
        plannedSeconds,
        createdSeconds,
        perSecond: SALES / plannedSeconds,
        takeoverSeconds: (leads - killed) / 1000,
        replanSeconds,
        replanWrites,
        replanCalls,
        callsPerSale,
        cpuMsPerSale,
        rssMegabytes,
      },
      work: { sales: SALES },
    };
  } finally {
    await first.program.stop('SIGKILL');
    await second?.program.stop('SIGTERM');
  }
}

interface Sale {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly phase?: string; readonly capacityPlan?: object[] };
}

function isPlanned({ metadata, status }: Sale): boolean {
  return (
    status?.phase === 'Pending' &&
    status.observedGeneration === metadata.generation &&
    (status.capacityPlan?.length ?? 0) === 7
  );
}

const salesPath = (namespace: string) => `/apis/ticketbottle.io/v1alpha1/namespaces/${namespace}/eventsales`;

async function listSales(server: ApiServer, namespace: string): Promise<readonly Sale[] | undefined> {
  try {
    return ((await server.fetch('GET', salesPath(namespace))) as { items: Sale[] }).items;
  } catch {
    return undefined;
  }
}

/**
 * Suspended: its own controller shall have nothing to do here. Sales are planned for it all the same, each with a look at its
 * gate in Redis.
 */
async function makePlatform(
  { root }: BenchContext,
  server: ApiServer,
  redisAddress: string,
  namespace: string,
): Promise<void> {
  const { privateJwk } = await generateKeyPairJwk();
  await server.fetch('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'ticketbottle-signing-keys', namespace },
    stringData: { ACCESS_PRIVATE_JWK: JSON.stringify(privateJwk) },
  });
  const sample = parse(readFileSync(join(root, 'config/samples/platform.yaml'), 'utf8'));
  sample.metadata = { name: 'ticketbottle', namespace };
  sample.spec.suspend = true;
  sample.spec.redis = { address: redisAddress };
  await server.fetch('POST', `/apis/ticketbottle.io/v1alpha1/namespaces/${namespace}/ticketbottleplatforms`, sample);
}

async function createSales({ root, signal }: BenchContext, server: ApiServer, namespace: string): Promise<void> {
  const text = readFileSync(join(root, 'config/samples/eventsale.yaml'), 'utf8');
  let next = 0;
  const creator = async () => {
    for (let number = next++; number < SALES && !signal.aborted; number = next++) {
      const sale = parse(text);
      const opensAt = Date.now() + 30 * 24 * 3_600_000 + number * 600_000;
      sale.metadata = { name: `sale-${number}`, namespace };
      sale.spec.event.startsAt = new Date(opensAt + 30 * 24 * 3_600_000).toISOString();
      sale.spec.schedule = {
        opensAt: new Date(opensAt).toISOString(),
        closesAt: new Date(opensAt + 7_200_000).toISOString(),
      };
      await server.fetch('POST', salesPath(namespace), sale);
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, creator));
}

async function startOperator(context: BenchContext, server: ApiServer, namespace: string, name: string) {
  const opsPort = await freePort();
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const pod = operatorInItsPod(context.root);
  const program: RunningProgram = await startProgram({
    root: context.root,
    file: pod.file,
    nodeArgs: [...pod.nodeArgs, ...context.nodeArgs],
    env: {
      ...pod.env,
      KUBECONFIG: server.kubeconfig,
      WATCH_NAMESPACES: namespace,
      POD_NAMESPACE: namespace,
      POD_NAME: name,
      OPS_PORT: String(opsPort),
      LOG_LEVEL: 'warn',
    },
    ready: async () => (await fetch(`${opsUrl}/readyz`)).ok,
  });
  const sum = async (start: string, ...having: string[]) => {
    let total = 0;
    for (const [key, value] of await scrape(opsUrl))
      if (key.startsWith(start) && having.every((part) => key.includes(part))) total += value;
    return total;
  };
  return {
    program,
    leads: async () => (await sum('leader_election_master_status')) === 1,
    reconciled: () => sum('controller_runtime_reconcile_total', 'controller="eventsale"'),
    writes: () => sum('kube_applies_total', 'eventsales', 'outcome="changed"'),
    /** Leases are renewed all the time and by themselves. */
    calls: async () => (await sum('rest_client_requests_total')) - (await sum('rest_client_requests_total', 'leases')),
  };
}

async function until(check: () => Promise<boolean>, ms: number, everyMs = 250): Promise<void> {
  const end = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`not within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
