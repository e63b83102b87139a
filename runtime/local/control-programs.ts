import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiServer, controlPlaneProgram, goProgram } from './apiserver.ts';

/** A program that works against an API server; its log lies beside the server's. */
export interface ControlProgram {
  /** SIGKILL, then its end. May be repeated. */
  stop(): Promise<void>;
}

/** Of Deployments, ReplicaSets, namespaces and garbage. */
export const WORKLOAD_CONTROLLERS = ['deployment', 'replicaset', 'namespace', 'garbage-collector'].map(
  (name) => `${name}-controller`,
);

/** Kubernetes' own controllers, those that are named: `deployment-controller`, `job-controller` ... */
export async function startControllers(api: ApiServer, controllers: readonly string[]): Promise<ControlProgram> {
  return startBeside(api, 'kube-controller-manager', await controlPlaneProgram(), [
    'kube-controller-manager',
    `--kubeconfig=${api.kubeconfig}`,
    `--controllers=${controllers.join(',')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--profiling=false',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
}

export async function startScheduler(api: ApiServer): Promise<ControlProgram> {
  return startBeside(api, 'kube-scheduler', await controlPlaneProgram(), [
    'kube-scheduler',
    `--kubeconfig=${api.kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--profiling=false',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
}

/** kwok, with its own fast stages: nodes and pods that exist in the API only get ready, Jobs end, at once. */
export async function startKwok(api: ApiServer): Promise<ControlProgram> {
  return startBeside(api, 'kwok', await goProgram('kwok'), [`--kubeconfig=${api.kubeconfig}`, '--manage-all-nodes']);
}

function startBeside(api: ApiServer, name: string, program: string, args: readonly string[]): ControlProgram {
  const log = openSync(join(api.dir, `${name}.log`), 'a');
  const child = spawn(program, args, { cwd: api.dir, stdio: ['ignore', log, log] });
  closeSync(log);
  const onExit = () => void child.kill('SIGKILL');
  process.once('exit', onExit);
  return {
    async stop() {
      process.off('exit', onExit);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
