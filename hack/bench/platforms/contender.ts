import { operatorInItsPod } from '#runtime/local/operator-in-its-pod.ts';
import type { BenchContext } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { freePort, type RunningProgram, startProgram } from '../load/program.ts';
import { histogramQuantile, type Samples, scrape } from '../load/prometheus.ts';

/** Of each operator, and what ours has. */
const WORKERS = 4;

export interface RunningOperator {
  readonly program: RunningProgram;
  samples(): Promise<Samples>;
}

export const startOurs = (context: BenchContext, cluster: Cluster): Promise<RunningOperator> =>
  start(context, cluster, (port) => {
    const { file, nodeArgs, env } = operatorInItsPod(context.root);
    return {
      file,
      nodeArgs: [...nodeArgs, ...context.nodeArgs],
      env: { ...env, POD_NAMESPACE: 'default', POD_NAME: 'ours', OPS_PORT: String(port), LOG_LEVEL: 'warn' },
    };
  });

/** `children`: path of a file with what it shall write for each. */
export const startPeer = (
  context: BenchContext,
  cluster: Cluster,
  { program, children, opsPort }: { readonly program: string; readonly children: string; readonly opsPort: number },
): Promise<RunningOperator> =>
  start(context, cluster, (port) => ({
    file: program,
    args: ['platforms'],
    env: { OPS_PORT: String(opsPort), METRICS_PORT: String(port), WORKERS: String(WORKERS), CHILDREN: children },
  }));

async function start(
  { root }: BenchContext,
  { server }: Cluster,
  how: (metricsPort: number) => Omit<Parameters<typeof startProgram>[0], 'root' | 'ready'>,
): Promise<RunningOperator> {
  const port = await freePort();
  const { env, ...rest } = how(port);
  const samples = () => scrape(`http://127.0.0.1:${port}`);
  const program = await startProgram({
    root,
    ...rest,
    env: { KUBECONFIG: server.kubeconfig, ...env },
    ready: async () => (await samples()).get(leading(await samples())) === 1,
  });
  return { program, samples };
}

const leading = (samples: Samples): string =>
  [...samples.keys()].find((key) => key.startsWith('leader_election_master_status')) ?? '';

/** Seconds of one reconcile of a platform since `before`. */
export const reconcileSeconds = (before: Samples, after: Samples, q: number): number =>
  histogramQuantile(only(before), only(after), 'controller_runtime_reconcile_time_seconds', q);

const only = (samples: Samples): Samples =>
  new Map([...samples].filter(([key]) => key.includes('controller="platform"')));
