import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type ApiServer, controlPlaneProgram } from '#runtime/local/apiserver.ts';
import { run } from '#runtime/local/command.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const SYSTEM = 'ticketbottle-system';

/** `kubectl apply --server-side -k config/FOLDER` of a source tree. */
export async function installWithKustomize(server: ApiServer, folder: string, root = ROOT): Promise<void> {
  const args = ['--kubeconfig', server.kubeconfig, 'apply', '--server-side', '-k', join(root, 'config', folder)];
  await run(await controlPlaneProgram(), ['kubectl', ...args]);
}

export interface InstalledOperator {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Its health and metrics server. */
  readonly opsUrl: string;
  /** One request to its health and metrics server; undefined when there was no answer. */
  ops(path: string): Promise<Response | undefined>;
  stop(): Promise<number | null>;
}

/** operator/main.ts with the rights of the service account that an installation made, and no others. */
export async function startInstalledOperator(
  server: ApiServer,
  environment: Readonly<Record<string, string>> = {},
  root = ROOT,
): Promise<InstalledOperator> {
  const token = (await server.fetch(
    'POST',
    `/api/v1/namespaces/${SYSTEM}/serviceaccounts/ticketbottle-operator/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3_600 },
    },
  )) as { status: { token: string } };
  const kubeconfig = join(server.dir, 'operator.kubeconfig');
  const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token: token.status.token };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const port = await freePort();
  const opsUrl = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const child = spawn(process.execPath, [join(root, 'operator/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      OPS_PORT: String(port),
      POD_NAME: 'operator-0',
      POD_NAMESPACE: SYSTEM,
      LOG_LEVEL: 'debug',
      ...environment,
    },
    // Nothing of ours: one that outlived its test would keep the runner waiting for the end of its output.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
  return {
    child,
    lines,
    opsUrl,
    ops: (path) => fetch(`${opsUrl}${path}`).catch(() => undefined),
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
