/**
 * `npm run cluster -- up|down|status|kubectl ...`: the local cluster together with its backing services, as one thing.
 * Tools meet as processes: this one runs hack/cluster and hack/backing, which say what they do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseNode, nodeChoiceLine } from '#runtime/local/node-choice.ts';
import { SetupError } from '#runtime/local/setup-error.ts';

const root = join(import.meta.dirname, '..', '..');
const CLUSTER = 'hack/cluster/main.ts';
const BACKING = 'hack/backing/main.ts';
const USAGE = 'usage: npm run cluster -- up [--node containerd|process] | down [--all] | status | kubectl ARGUMENTS';

/** Which tools a command runs, in order; the first failure ends it, except for status, where both are worth seeing. */
const PLAN: Readonly<Record<string, readonly string[]>> = {
  up: [CLUSTER, BACKING],
  // The cluster's own down stops every daemon of its home, the backing services included.
  down: [CLUSTER],
  status: [CLUSTER, BACKING],
  kubectl: [CLUSTER],
};

let running: ChildProcess | undefined;
const [command = '', ...rest] = process.argv.slice(2);
// Both tools have to run the same kind of node, so it is chosen once, here.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => running?.kill(name));
try {
  const args = command === 'up' ? await chosen(rest) : rest;
  process.exitCode = await runAll(PLAN[command], [command, ...args]);
} catch (error) {
  const usage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (!(error instanceof SetupError) && !usage) throw error;
  process.stderr.write(usage ? `${(error as Error).message}\n${USAGE}\n` : `✗ ${(error as Error).message}\n`);
  process.exitCode = usage ? 2 : 1;
}

/** Chooses the kind of node, says so, and lets the tools know. Returns the other arguments. */
async function chosen(args: readonly string[]): Promise<string[]> {
  const { values } = parseArgs({ args: [...args], options: { node: { type: 'string' } } });
  const choice = await chooseNode(process.env, values.node);
  process.env.TICKETBOTTLE_NODE = choice.kind;
  process.stdout.write(`${nodeChoiceLine(choice, 'npm run cluster -- up')}\n`);
  return [];
}

async function runAll(tools: readonly string[] | undefined, args: readonly string[]): Promise<number> {
  if (tools === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  let failed = 0;
  for (const tool of tools) {
    const code = await run(tool, args);
    failed ||= code;
    if (code !== 0 && command !== 'status') break;
  }
  return failed;
}

async function run(tool: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(root, tool), ...args], { cwd: process.cwd(), stdio: 'inherit' });
  // The tool decides what a signal means; one that the terminal has sent as well counts once there.
  running = child;
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
