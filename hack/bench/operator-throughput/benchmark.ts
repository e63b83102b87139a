import { run } from '#runtime/local/command.ts';
import { layOutOperator } from '#runtime/local/operator-in-its-pod.ts';
import type { BenchContext, Benchmark, Line, OpenBenchmark, Side } from '../benchmark.ts';
import { startCluster } from '../load/api-cluster.ts';
import { limitRound } from './apply-limit.ts';
import { contenders, WORKERS } from './contender.ts';
import { operatorRound, type Size, WRITES_PER_SALE } from './round.ts';

const FULL = { Small: 100, Medium: 500, Large: 1000 } as const;
const SHORT = { Small: 20, Medium: 50, Large: 100 } as const;
const LARGEST = FULL.Large;
const PEER = 'controller-runtime';

function against(
  figure: string,
  line: Pick<Line, 'title' | 'unit' | 'better'> & Partial<Line>,
  size: Size = 'Large',
): Line {
  return {
    id: figure,
    ours: { side: 'ours', figure },
    peer: { side: 'peer', figure, name: PEER },
    sameWork: [`work${size}`],
    ...line,
  };
}

const alone = (figure: string, line: Pick<Line, 'title' | 'unit' | 'better' | 'target'>): Line => ({
  id: `${figure}-bound`,
  ours: { side: 'ours', figure },
  ...line,
});

const perSecond = (size: Size): Line =>
  against(
    `perSecond${size}`,
    {
      title: `${FULL[size]} EventSales, from the first create until the last status is written`,
      unit: 'sales/s',
      better: 'higher',
      target: { atLeast: 1 },
    },
    size,
  );

export const benchmark: Benchmark = {
  name: 'operator-throughput',
  title: `EventSales planned by the operator, and by a peer written with Go's controller-runtime, on a real API server.`,
  lines: [
    perSecond('Large'),
    perSecond('Medium'),
    perSecond('Small'),
    against('latencyP50Large', { title: 'create until status written, p50', unit: 'ms', better: 'lower' }),
    against('latencyP99Large', {
      title: 'create until status written, p99',
      unit: 'ms',
      better: 'lower',
      target: { atMost: 1 },
    }),
    against('reconcileP50Large', { title: 'one reconcile, p50', unit: 'ms', better: 'lower' }),
    against('reconcileP99Large', {
      title: 'one reconcile, p99',
      unit: 'ms',
      better: 'lower',
      target: { atMost: 1 },
    }),
    against('callsPerSaleLarge', {
      title: "API calls per sale, by the API server's count",
      unit: 'calls',
      better: 'lower',
      target: { atMost: 1 },
    }),
    against('cpuMsLarge', { title: 'CPU per sale', unit: 'ms', better: 'lower' }),
    against('rssMegabytesLarge', {
      title: `resident memory with ${LARGEST}, 5 s after the last was written`,
      unit: 'MB',
      better: 'lower',
    }),
    against('rssPerThousand', { title: 'growth of resident memory per 1,000 sales', unit: 'MB', better: 'lower' }),
    alone('rssPerThousand', {
      title: 'the same, against its bound',
      unit: 'MB',
      better: 'lower',
      target: { atMost: 5 },
    }),
    against('noopPerSecond', { title: 'looks at a sale that need nothing', unit: 'looks/s', better: 'higher' }),
    alone('noopCalls', {
      title: `calls of ${LARGEST} such looks`,
      unit: 'calls',
      better: 'lower',
      target: { atMost: 0 },
    }),
    against('restartSeconds', { title: 'restart until every sale was looked at', unit: 's', better: 'lower' }),
    alone('restartCalls', { title: 'calls of that restart', unit: 'calls', better: 'lower', target: { atMost: 0 } }),
    against('newLeaderSeconds', {
      title: 'leader killed: from the next one leading until every sale was looked at',
      unit: 's',
      better: 'lower',
    }),
    against('backlogSeconds', {
      title: `${LARGEST} sales that nobody has seen: from leading until the last status`,
      unit: 's',
      better: 'lower',
      sameWork: ['backlog', 'writesPerSale'],
    }),
    {
      id: 'backlog-limit',
      title: `the same, against ${WRITES_PER_SALE * LARGEST} bare server-side applies (16 callers)`,
      unit: 's',
      better: 'lower',
      ours: { side: 'ours', figure: 'backlogSeconds' },
      peer: { side: 'limit', figure: 'seconds', name: 'API server' },
      sameWork: ['backlog', 'writesPerSale'],
      target: { atMost: 1.3 },
    },
    {
      id: 'limit',
      title: "the API server's own rate of server-side applies",
      unit: 'applies/s',
      better: 'higher',
      ours: { side: 'limit', figure: 'perSecond' },
    },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('building the peer');
  const { stdout } = await run(process.execPath, [`${context.root}/hack/cluster/build.ts`, 'peer'], {
    signal: context.signal,
  });
  context.say('bundling the operator');
  await layOutOperator(context.root, context.signal);
  context.say('starting the API server');
  const cluster = stack.use(await startCluster());
  const { gitVersion } = (await cluster.call('GET', '/version')) as { gitVersion: string };
  const sizes = context.short ? SHORT : FULL;
  // The same instants on both sides and in every round, so that statuses can be compared.
  const firstOpening = Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 30 * 86_400_000;
  const sides: Side[] = contenders(context, cluster, stdout.trim()).map((contender) => ({
    name: contender.name,
    warmUp: async () => {},
    round: (index) => operatorRound({ context, cluster, contender, sizes, firstOpening, index }),
  }));
  const limit = (index: number, writes: number) =>
    limitRound(cluster, { root: context.root, namespace: `limit-${index + 2}`, sales: sizes.Large, writes });
  sides.push({
    name: 'limit',
    warmUp: async () => void (await limit(-1, sizes.Large)),
    round: (index) => limit(index, WRITES_PER_SALE * sizes.Large),
  });
  const owned = stack.move();
  return {
    sides,
    conditions: {
      sales: Object.values(sizes).join('/'),
      workers: WORKERS,
      creators: 10,
      etcd: 'without fsync',
      leases: '15/10/2 s',
    },
    versions: { kubernetes: gitVersion, 'controller-runtime': 'v0.24.1' },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
