import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goProgram } from '#runtime/local/apiserver.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { layOutOperator } from '#runtime/local/operator-in-its-pod.ts';
import type { BenchContext, Benchmark, Line, Measured, OpenBenchmark } from '../benchmark.ts';
import { type Cluster, startCluster } from '../load/api-cluster.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { freePort } from '../load/program.ts';
import { childrenIn, namespacedKinds, writtenBy } from './children.ts';
import { startOurs, startPeer } from './contender.ts';
import { startSimulatedCluster } from './nodes.ts';
import { create, type Named, prepare, STORES, watchReady } from './platforms.ts';
import { platformsRound } from './round.ts';

const PLATFORMS = 100;
const SHORT = 4;
const CALLERS = 16;
/** The peer takes these for the namespace and the name that it puts in. */
const TEMPLATE: Named = { namespace: 'template-namespace', name: 'template-platform' };

const against = (figure: string, line: Pick<Line, 'title' | 'unit' | 'better'> & Partial<Line>): Line => ({
  id: figure,
  ours: { side: 'ours', figure },
  peer: { side: 'peer', figure, name: 'controller-runtime, Kubernetes half only' },
  sameWork: ['platforms', 'children'],
  ...line,
});

export const benchmark: Benchmark = {
  name: 'platforms',
  title: `${PLATFORMS} platforms come at once, on nodes that kwok plays and real stores, from create to Ready.`,
  rounds: 3,
  lines: [
    against('perMinute', {
      title: 'platforms ready: ours with databases, Temporal namespace, table and cloud objects, the peer without',
      unit: 'platforms/min',
      better: 'higher',
    }),
    against('latencyP50', { title: 'create until Ready, p50', unit: 's', better: 'lower' }),
    against('latencyP99', { title: 'create until Ready, p99', unit: 's', better: 'lower' }),
    against('reconcileP50', { title: 'one reconcile, p50', unit: 'ms', better: 'lower' }),
    against('reconcileP99', { title: 'one reconcile, p99', unit: 'ms', better: 'lower' }),
    against('writesPerPlatform', {
      title: 'writes to the API server per platform',
      unit: 'writes',
      better: 'lower',
    }),
    against('cpuMs', { title: 'CPU of the operator per platform', unit: 'ms', better: 'lower' }),
    against('rssMegabytes', { title: `resident memory with ${PLATFORMS}`, unit: 'MB', better: 'lower' }),
    against('restartSeconds', { title: 'restart until every platform was looked at', unit: 's', better: 'lower' }),
    {
      id: 'restartWrites',
      title: 'writes of that restart',
      unit: 'writes',
      better: 'lower',
      ours: { side: 'ours', figure: 'restartWrites' },
      target: { atMost: 0 },
    },
    {
      id: 'limit',
      title: `the children of ${PLATFORMS} platforms as bare server-side applies (${CALLERS} callers)`,
      unit: 's',
      better: 'lower',
      ours: { side: 'limit', figure: 'seconds' },
    },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('building kwok and the peer');
  await goProgram('kwok');
  const program = await goProgram('peer');
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-platforms-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  context.say('bundling the operator');
  await layOutOperator(context.root, context.signal);
  context.say('one platform, whose children the peer is given');
  const { children, version } = await templateChildren(context);
  const file = join(dir, 'children.json');
  writeFileSync(file, JSON.stringify(children));
  const count = context.short ? SHORT : PLATFORMS;
  const platforms: Named[] = Array.from({ length: count }, (_, number) => ({
    namespace: `shop-${number}`,
    name: `p${number}`,
  }));
  const owned = stack.move();
  return {
    sides: [
      {
        name: 'ours',
        warmUp: async () => {}, // Every round has programs of its own.
        round: () => platformsRound(context, { platforms, start: (cluster) => startOurs(context, cluster) }),
      },
      {
        name: 'peer',
        warmUp: async () => {},
        async round() {
          const opsPort = await freePort();
          const start = (cluster: Cluster) => startPeer(context, cluster, { program, children: file, opsPort });
          return await platformsRound(context, { platforms, start });
        },
      },
      { name: 'limit', warmUp: async () => {}, round: () => limitRound(platforms, children) },
    ],
    conditions: { platforms: count, children: children.length, nodes: 'kwok', etcd: 'without fsync', workers: 4 },
    versions: { kubernetes: version, kwok: 'v0.8.0', 'controller-runtime': 'v0.24.1' },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function templateChildren(context: BenchContext): Promise<{ children: object[]; version: string }> {
  await using stores = await startBacking({ which: STORES });
  await using cluster = await startSimulatedCluster();
  await prepare(cluster, [TEMPLATE], stores);
  const operator = await startOurs(context, cluster);
  const watch = watchReady(cluster);
  try {
    await create(cluster, [TEMPLATE], stores);
    await watch.all(1, 180_000);
    const { gitVersion } = (await cluster.call('GET', '/version')) as { gitVersion: string };
    const children = await childrenIn(cluster);
    return { children: children.map((child) => writtenBy('ticketbottle-operator', child)), version: gitVersion };
  } finally {
    await watch.stop();
    await operator.program.stop('SIGKILL');
  }
}

/** What the API server itself can do: the same objects, applied by one process that does nothing else. */
async function limitRound(platforms: readonly Named[], children: readonly object[]): Promise<Measured> {
  await using cluster = await startCluster(CALLERS, ['--service-cluster-ip-range=10.96.0.0/16']);
  for (const { namespace } of platforms)
    await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const paths = new Map((await namespacedKinds(cluster)).map((one) => [`${one.apiVersion} ${one.kind}`, one]));
  const text = JSON.stringify(children);
  const bodies = platforms.flatMap(({ namespace, name }) => {
    const own = text.replaceAll(TEMPLATE.namespace, namespace).replaceAll(TEMPLATE.name, name);
    return JSON.parse(own) as { apiVersion: string; kind: string; metadata: { namespace: string; name: string } }[];
  });
  const load = await closedLoop({
    concurrency: CALLERS,
    calls: bodies.length,
    async call(index) {
      const body = bodies[index];
      if (body === undefined) return;
      const { root, plural } = paths.get(`${body.apiVersion} ${body.kind}`) ?? {};
      const path = `${root}/namespaces/${body.metadata.namespace}/${plural}/${body.metadata.name}`;
      await cluster.call('PATCH', `${path}?fieldManager=limit&force=true`, body, 'application/apply-patch+yaml');
    },
  });
  return { figures: { seconds: load.seconds }, work: { applied: bodies.length } };
}
