import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort, ROOT } from '../services-front/servers.ts';

export interface OperatorProcess {
  readonly child: ChildProcess;
  readonly opsPort: number;
  readonly output: () => string;
  /** Resolves when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** operator/main.ts as a process of its own, electing its leader in `namespace`, which is all it looks at. */
export async function startOperatorProcess(
  kubeconfig: string,
  namespace: string,
  name: string,
): Promise<OperatorProcess> {
  const opsPort = await freePort();
  const child = spawn(process.execPath, [join(ROOT, 'operator', 'main.ts')], {
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      WATCH_NAMESPACES: namespace,
      POD_NAMESPACE: namespace,
      POD_NAME: name,
      OPS_PORT: String(opsPort),
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  const exited = once(child, 'exit');
  return {
    child,
    opsPort,
    output: () => text,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await exited;
    },
  };
}
