import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CuttableProxy, startCuttableProxy } from '#runtime/local/cuttable-proxy.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { type RunningProgram, startProgram } from '../load/program.ts';

/** One way to watch, as a process behind a proxy of its own that can be cut. */
export interface Watcher extends AsyncDisposable {
  readonly name: string;
  /** When it was told of each object first, Unix ms by name. */
  readonly seen: ReadonlyMap<string, number>;
  /** Resets its connections; returns how many there were. */
  cut(): number;
}

export interface WatcherProgram {
  readonly name: string;
  /** Below the root, or absolute when it is a built program. */
  readonly file: string;
  readonly args?: readonly string[];
}

export async function startWatcher(
  root: string,
  { server }: Cluster,
  namespace: string,
  { name, file, args = [] }: WatcherProgram,
): Promise<Watcher> {
  const target = new URL(server.url);
  const proxy: CuttableProxy = await startCuttableProxy({ host: target.hostname, port: Number(target.port) });
  const kubeconfig = join(server.dir, `kubeconfig-${name}`);
  const through = readFileSync(server.kubeconfig, 'utf8').replaceAll(server.url, `https://127.0.0.1:${proxy.port}`);
  writeFileSync(kubeconfig, through, { mode: 0o600 });
  let program: RunningProgram;
  try {
    const env = { KUBECONFIG: kubeconfig, WATCH_NAMESPACES: namespace, HOME: server.dir };
    program = await startProgram({ root, file, args, env, ready: async (output) => /^synced$/m.test(output) });
  } catch (error) {
    await proxy[Symbol.asyncDispose]();
    throw error;
  }
  const seen = new Map<string, number>();
  let rest = '';
  program.child.stdout?.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [object = '', , at] = line.split(' ');
      if (at !== undefined && !seen.has(object)) seen.set(object, Number(at));
    }
  });
  return {
    name,
    seen,
    cut: () => proxy.cut(),
    async [Symbol.asyncDispose]() {
      await program.stop('SIGKILL');
      await proxy[Symbol.asyncDispose]();
    },
  };
}
