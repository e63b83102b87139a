import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiServer, controlPlaneProgram } from '#runtime/local/apiserver.ts';

/** Kubernetes' own controllers for Deployments, ReplicaSets, namespaces and garbage, beside an API server. */
export async function startControllers(api: ApiServer): Promise<{ stop(): Promise<void> }> {
  const log = openSync(join(api.dir, 'kube-controller-manager.log'), 'a');
  const names = ['deployment', 'replicaset', 'namespace', 'garbage-collector'].map((name) => `${name}-controller`);
  const child = spawn(
    await controlPlaneProgram(),
    [
      'kube-controller-manager',
      `--kubeconfig=${api.kubeconfig}`,
      `--controllers=${names.join(',')}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--profiling=false',
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ],
    { stdio: ['ignore', log, log] },
  );
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
