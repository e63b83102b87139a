import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LocalLayout, localLayout } from '#runtime/local/layout.ts';

export const ROOT = dirname(dirname(dirname(import.meta.dirname)));
const CLUSTER = join(ROOT, 'hack/cluster/main.ts');

/** The local cluster with the process node: its pods, and what is started beside it, are reached from here. */
export interface Cluster extends AsyncDisposable {
  readonly layout: LocalLayout;
  /** Newest image of each program. */
  readonly images: ReadonlyMap<string, string>;
  /** Throws with kubectl's own words. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Runs until it is killed. */
  follow(args: readonly string[]): ChildProcess;
}

export async function startCluster(say: (text: string) => void): Promise<Cluster> {
  const env = { ...process.env, TICKETBOTTLE_NODE: 'process' };
  const layout = localLayout(env);
  const tool = async (file: string, ...args: string[]) => {
    await finished(spawn(process.execPath, [join(ROOT, file), ...args], { env, cwd: ROOT }), file);
  };
  const follow = (args: readonly string[]) =>
    spawn(process.execPath, [CLUSTER, 'kubectl', ...args], { env, cwd: ROOT });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => tool('hack/cluster/main.ts', 'down'));
  say('bringing up the local cluster, its backing services and the images');
  await tool('hack/cluster/main.ts', 'up', '--node', 'process');
  await tool('hack/backing/main.ts', 'up');
  const reports = mkdtempSync(join(tmpdir(), 'ticketbottle-region-'));
  stack.defer(() => rmSync(reports, { recursive: true, force: true }));
  await tool('hack/images/main.ts', '--content-tags', '--report', join(reports, 'images.json'));
  const report = JSON.parse(readFileSync(join(reports, 'images.json'), 'utf8')) as {
    images: { name: string; image: string }[];
  };
  const owned = stack.move();
  return {
    ...{ layout, follow, images: new Map(report.images.map(({ name, image }) => [name, image])) },
    kubectl: (args, input) => finished(follow(args), `kubectl ${args.slice(0, 3).join(' ')}`, input),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What it printed; throws when it fails. */
async function finished(child: ChildProcess, what: string, input = ''): Promise<string> {
  let [stdout, said] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    said = (said + text).slice(-2_000);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  child.stdin?.once('error', () => {}).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${what} failed: ${said.trim()}`);
  return stdout;
}
