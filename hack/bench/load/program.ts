import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { isAbsolute, join } from 'node:path';

export interface RunningProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Text it has written so far. */
  output(): string;
  /** SIGTERM unless told, then its end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProgramOptions {
  readonly root: string;
  /** Path below the root, for instance `services/inventory/main.ts`; or a built program by its absolute path. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** The whole environment but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** True once it serves. */
  readonly ready: (output: string) => Promise<boolean>;
  readonly readyMs?: number;
}

/** Starts a program of this repository as a process of its own and waits until it serves. Throws with its output. */
export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  const built = isAbsolute(options.file);
  const node = built ? [] : [...(options.nodeArgs ?? []), join(options.root, options.file)];
  const child = spawn(built ? options.file : process.execPath, [...node, ...(options.args ?? [])], {
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text = (text + chunk).slice(-100_000);
    });
  }
  const ended = once(child, 'exit');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const end = performance.now() + (options.readyMs ?? 90_000);
  while (!(await options.ready(text).catch(() => false))) {
    if (child.exitCode !== null || performance.now() > end) {
      await stop('SIGKILL');
      throw new Error(`${options.file} did not get ready:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { child, pid: child.pid ?? 0, output: () => text, stop, [Symbol.asyncDispose]: () => stop() };
}

/** A service with its ports on loopback: `env` is what the service needs beyond them. */
export async function startService(
  root: string,
  name: string,
  env: Readonly<Record<string, string>>,
  nodeArgs: readonly string[] = [],
): Promise<RunningProgram & { readonly address: string; readonly opsUrl: string }> {
  const [port, opsPort] = [await freePort(), await freePort()];
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const ports = { GRPC_PORT: String(port), HTTP_PORT: String(port), OPS_PORT: String(opsPort) };
  const program = await startProgram({
    root,
    file: `services/${name}/main.ts`,
    env: { LOG_LEVEL: 'info', ...env, ...ports },
    nodeArgs,
    ready: async () => (await fetch(`${opsUrl}/readyz`)).ok,
  });
  return { ...program, address: `127.0.0.1:${port}`, opsUrl };
}

/** A port that was free a moment ago, below the range of outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_240 + Math.floor(Math.random() * 22_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
