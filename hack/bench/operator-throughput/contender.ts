import { operatorInItsPod } from '#runtime/local/operator-in-its-pod.ts';
import type { BenchContext } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { freePort, type RunningProgram, startProgram } from '../load/program.ts';
import { type Samples, scrape } from '../load/prometheus.ts';

/** Of each operator. */
export const WORKERS = 16;

export interface Contender {
  readonly name: 'ours' | 'peer';
  readonly lease: string;
  start(namespace: string, instance: string): Promise<RunningOperator>;
}

export interface RunningOperator {
  readonly program: RunningProgram;
  leads(): Promise<boolean>;
  /** Reconciles of sales that have ended so far. */
  reconciled(): Promise<number>;
  samples(): Promise<Samples>;
}

export function contenders(
  { root, nodeArgs }: Pick<BenchContext, 'root' | 'nodeArgs'>,
  cluster: Cluster,
  peerProgram: string,
): readonly Contender[] {
  const common = (namespace: string) => ({ KUBECONFIG: cluster.server.kubeconfig, WATCH_NAMESPACES: namespace });
  return [
    {
      name: 'ours',
      lease: 'ticketbottle-operator',
      async start(namespace, instance) {
        const port = await freePort();
        const pod = operatorInItsPod(root);
        const env = { ...pod.env, ...common(namespace), POD_NAMESPACE: namespace, POD_NAME: instance };
        const program = await startProgram({
          root,
          file: pod.file,
          nodeArgs: [...pod.nodeArgs, ...nodeArgs],
          env: { ...env, OPS_PORT: String(port), LOG_LEVEL: 'warn' },
          ready: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
        });
        return running(program, port);
      },
    },
    {
      name: 'peer',
      lease: 'peer-operator',
      async start(namespace) {
        const [port, metricsPort] = [await freePort(), await freePort()];
        const ports = { OPS_PORT: String(port), METRICS_PORT: String(metricsPort) };
        const program = await startProgram({
          root,
          file: peerProgram,
          args: ['operator'],
          env: { ...common(namespace), ...ports, WORKERS: String(WORKERS) },
          ready: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
        });
        return running(program, metricsPort);
      },
    },
  ];
}

function running(program: RunningProgram, port: number): RunningOperator {
  const samples = () => scrape(`http://127.0.0.1:${port}`);
  const sum = async (start: string, having = '') => {
    let total = 0;
    for (const [key, value] of await samples()) if (key.startsWith(start) && key.includes(having)) total += value;
    return total;
  };
  return {
    program,
    samples,
    leads: async () => (await sum('leader_election_master_status')) === 1,
    reconciled: () => sum('controller_runtime_reconcile_total', 'controller="eventsale"'),
  };
}
