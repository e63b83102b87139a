import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface OperatorProcess {
  readonly child: ChildProcess;
  /** Lines of its log. */
  readonly lines: string[];
  /** One request to its ops server; undefined while nobody listens. */
  ops(path: string): Promise<Response | undefined>;
  metric(line: RegExp): Promise<number | undefined>;
}

/** The operator as it runs in a pod, as a process of its own. The caller ends it. */
export async function startOperatorProcess(environment: Record<string, string>): Promise<OperatorProcess> {
  const port = await freePort();
  const lines: string[] = [];
  const child = spawn(process.execPath, [join(ROOT, 'operator/main.ts')], {
    env: { PATH: process.env['PATH'], OPS_PORT: String(port), LOG_LEVEL: 'debug', ...environment },
    // Nothing of ours: one that outlived its test would keep the runner waiting for the end of its output.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
  const ops = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  return {
    child,
    lines,
    ops,
    metric: async (line) => {
      const found = line.exec((await (await ops('/metrics'))?.text()) ?? '');
      return found === null ? undefined : Number(found[1]);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
