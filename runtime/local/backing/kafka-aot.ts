import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { throwIfInterrupted } from '../setup-error.ts';
import { KAFKA_JVM, kafkaServers } from './kafka.ts';
import { accepts } from './server.ts';

export const AOT_FILE = 'kafka.aot';

const LIMIT_MS = 180_000;

/**
 * Runs Kafka once so that Java writes what it loaded to `<directory>/kafka.aot`. It is a speed-up only: when the trial
 * run does not work out there is no file, and Kafka starts as it would without.
 */
export async function trainKafka(
  java: string,
  jars: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const scratch = join(directory, 'trial');
  const broker = await freePort();
  const ports = { brokers: [broker], controller: await freePort() };
  const place = {
    dir: scratch,
    host: '127.0.0.1',
    bind: '127.0.0.1',
    persistent: false,
    durable: false,
    tiedToParent: true,
  };
  for (const server of kafkaServers({ java, kafka: { jars, aotCache: undefined } }, place, ports))
    await server.prepare(signal);
  const output = `-XX:AOTCacheOutput=${join(directory, AOT_FILE)}`;
  const args = [...KAFKA_JVM, output, '-cp', join(jars, '*'), 'kafka.Kafka', join(scratch, 'server.properties')];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', java, ...args], { cwd: scratch, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const limit = AbortSignal.timeout(LIMIT_MS);
  const stop = () => child.kill('SIGKILL');
  limit.addEventListener('abort', stop);
  signal?.addEventListener('abort', stop);
  try {
    while (child.exitCode === null && child.signalCode === null && !(await accepts('127.0.0.1', broker, limit))) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    child.kill('SIGTERM'); // Java writes the file on its way out.
    await ended;
  } finally {
    limit.removeEventListener('abort', stop);
    signal?.removeEventListener('abort', stop);
    rmSync(scratch, { recursive: true, force: true });
  }
  throwIfInterrupted(signal);
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
