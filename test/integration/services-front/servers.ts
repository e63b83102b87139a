import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

export function connectRedis(address: string): Redis {
  return createRedis({ address, log: silentLogger(), autoPipelining: true });
}

/** A new database with the migrations of a service applied; its URL. */
export async function migratedDatabase(
  serverUrl: string,
  service: 'user' | 'event' | 'inventory' | 'payment',
): Promise<string> {
  const name = `${service}_${process.pid}_${Math.floor(Math.random() * 1e6)}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = name;
  const dir = join(ROOT, 'services', service, 'migrations');
  await migrate({ connectionString: url.href, dir, log: silentLogger() });
  return url.href;
}

export interface ServiceProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Asks it to stop and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts services/<name>/main.ts as a process of its own and waits until it is ready. */
export async function startService(
  name: string,
  env: Readonly<Record<string, string>>,
  opsPort: number,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [join(ROOT, 'services', name, 'main.ts')], {
    env: { PATH: process.env['PATH'], OPS_PORT: String(opsPort), LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    return child.exitCode;
  };
  // Compiling and importing takes seconds on a busy machine.
  const end = performance.now() + 90_000;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${opsPort}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return { child, output: () => text, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
    if (child.exitCode !== null || performance.now() > end) {
      await stop();
      throw new Error(`${name} did not get ready:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
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
