import { run } from '#runtime/local/command.ts';
import type { BenchContext, Benchmark, Line, Measured, OpenBenchmark } from '../benchmark.ts';
import { startCluster } from '../load/api-cluster.ts';
import { cutsRound } from './cuts.ts';
import { startWatcher, type Watcher, type WatcherProgram } from './watcher.ts';

/** Of all rounds together; `--minutes` says otherwise. */
const MINUTES = 10;
const NAMESPACE = 'watched';

const against = (side: string, name: string): Line[] =>
  (['gapP50', 'gapP99'] as const).map((figure) => ({
    id: `${figure}-${side}`,
    title: `connection lost until the next event seen, ${figure.slice(3).toLowerCase()}`,
    unit: 'ms',
    better: 'lower',
    ours: { side: 'ours', figure },
    peer: { side, figure, name },
    sameWork: ['created', 'cuts'],
  }));

const missed = (side: string, name: string): Line => ({
  id: `missed-${side}`,
  title: `events missed by ${name}`,
  unit: 'events',
  better: 'lower',
  ours: { side, figure: 'missed' },
  ...(side === 'ours' ? { target: { atMost: 0 } } : {}),
});

export const benchmark: Benchmark = {
  name: 'watch-resilience',
  title: 'Watches that lose their connection every six to ten seconds while twenty objects come each second.',
  lines: [
    ...against('client-node', "@kubernetes/client-node's informer"),
    ...against('client-go', "client-go's informer"),
    missed('ours', 'ours'),
    missed('client-node', "@kubernetes/client-node's informer"),
    missed('client-go', "client-go's informer"),
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { root, rounds, signal } = context;
  const { stdout } = await run(process.execPath, [`${root}/hack/cluster/build.ts`, 'peer'], { signal });
  context.say('starting the API server and the watchers');
  const cluster = stack.use(await startCluster());
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const programs: readonly WatcherProgram[] = [
    { name: 'ours', file: 'operator/kube/watch-probe.ts' },
    { name: 'client-node', file: 'hack/bench/watch-resilience/stock-informer.ts' },
    { name: 'client-go', file: stdout.trim(), args: ['watch'] },
  ];
  const watchers: Watcher[] = [];
  for (const program of programs) watchers.push(stack.use(await startWatcher(root, cluster, NAMESPACE, program)));
  const minutes = context.minutes ?? (context.short ? 0.75 : MINUTES);
  // All watch the same objects and lose their connections at the same instants.
  const done = new Map<number, Promise<ReadonlyMap<string, Measured>>>();
  const round = async (index: number, name: string) => {
    const known =
      done.get(index) ??
      cutsRound({
        cluster,
        namespace: NAMESPACE,
        watchers,
        forMs: (minutes * 60_000) / rounds,
        prefix: `object-${index + 1}`,
        signal,
      });
    done.set(index, known);
    const measured = (await known).get(name);
    if (measured === undefined) throw new Error(`nobody watched as ${name}`);
    return measured;
  };
  const owned = stack.move();
  return {
    sides: programs.map(({ name }) => ({
      name,
      warmUp: async () => {},
      round: (index) => round(index, name),
    })),
    conditions: { minutes, cutEvery: '6-10 s', objectsPerSecond: 20, clientNode: 'restarted 5 s after an error' },
    versions: { 'client-node': '2.0.1', 'client-go': 'v0.36.3' },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
