/**
 * `npm run cluster -- up|down|status|kubectl ...`: the local cluster together with its backing services, as one thing.
 * Tools meet as processes: this one runs hack/cluster and hack/backing, which say what they do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const CLUSTER = 'hack/cluster/main.ts';
const BACKING = 'hack/backing/main.ts';

/** Which tools a command runs, in order; the first failure ends it, except for status, where both are worth seeing. */
const PLAN: Readonly<Record<string, readonly string[]>> = {
  up: [CLUSTER, BACKING],
  // The cluster's own down stops every daemon of its home, the backing services included.
  down: [CLUSTER],
  status: [CLUSTER, BACKING],
  kubectl: [CLUSTER],
};

const args = process.argv.slice(2);
const command = args[0] ?? '';
const tools = PLAN[command];
let running: ChildProcess | undefined;
if (tools === undefined) {
  process.stderr.write('usage: npm run cluster -- up | down [--all] | status | kubectl ARGUMENTS\n');
  process.exitCode = 2;
} else {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => running?.kill(name));
  let failed = 0;
  for (const tool of tools) {
    const code = await run(tool);
    failed ||= code;
    if (code !== 0 && command !== 'status') break;
  }
  process.exitCode = failed;
}

async function run(tool: string): Promise<number> {
  const child = spawn(process.execPath, [join(root, tool), ...args], { cwd: process.cwd(), stdio: 'inherit' });
  // The tool decides what a signal means; one that the terminal has sent as well counts once there.
  running = child;
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
