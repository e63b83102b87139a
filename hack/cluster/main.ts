/**
 * The local cluster: `npm run cluster -- up|down|status|kubectl ...`.
 *
 *   up [--node KIND] [--report FILE]   brings it up, or finds it up; KIND is containerd or process, chosen unless said; FILE
 *                                      gets [{step, seconds, cached}]
 *   down [--all]          removes every trace of each kind; --all removes the build cache as well
 *   status [--json]       what runs; exit code 0 only when the cluster is whole
 *   kubectl ARGUMENTS     kubectl against this cluster
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError } from '#runtime/local/command.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { type LocalLayout, localLayout, presentNodeKinds } from '#runtime/local/layout.ts';
import { takeLock } from '#runtime/local/lock.ts';
import { chooseNode, nodeChoiceLine } from '#runtime/local/node-choice.ts';
import { requireRoot } from '#runtime/local/preflight.ts';
import { Daemons } from '#runtime/local/process.ts';
import { InterruptedError, SetupError } from '#runtime/local/setup-error.ts';
import { Steps } from '#runtime/local/steps.ts';
import { down, stopAll } from './down.ts';
import { programPath } from './go-programs.ts';
import { clusterStatus, statusTable } from './status.ts';
import { up } from './up.ts';

const USAGE =
  'usage: npm run cluster -- up [--node containerd|process] [--report FILE] | down [--all] | status [--json] | kubectl ARGUMENTS';

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  const steps = new Steps();
  const lockOf = (layout: LocalLayout) => takeLock(`${layout.home}.lock`, `The cluster in ${layout.home}`);

  switch (command) {
    case 'up': {
      const { values } = parseArgs({ args: rest, options: { report: { type: 'string' }, node: { type: 'string' } } });
      const signal = interruption(() => process.stderr.write('\nStopping what this start began ...\n'));
      const choice = await chooseNode(process.env, values.node, signal);
      // Whoever chose before us and said so put it into the environment.
      if (process.env.TICKETBOTTLE_NODE === undefined) steps.say(nodeChoiceLine(choice, 'npm run cluster -- up'));
      const layout = localLayout({ ...process.env, TICKETBOTTLE_NODE: choice.kind });
      const daemons = new Daemons(layout);
      const unlock = lockOf(layout);
      const before = new Set(daemons.list().flatMap((daemon) => (daemon.running ? [daemon.pid] : [])));
      try {
        if ((await clusterStatus(layout, daemons)).up) steps.say('The cluster is up already; checking it.');
        await up({ layout, daemons, steps, path: process.env.PATH, signal });
      } catch (error) {
        // What this start began it also ends; what ran before goes on running.
        const begun = new Set(daemons.list().flatMap((daemon) => (before.has(daemon.pid) ? [] : [daemon.name])));
        if (before.size === 0) await stopAll(layout, daemons);
        else await daemons.stopAll((name) => begun.has(name));
        throw error;
      } finally {
        unlock();
      }
      if (values.report !== undefined) {
        mkdirSync(dirname(values.report), { recursive: true });
        writeFileSync(values.report, `${JSON.stringify(steps.results(), null, 2)}\n`);
      }
      process.stdout.write(`\nThe cluster is up.  export KUBECONFIG=${layout.kubeconfig}\n`);
      return 0;
    }
    case 'down': {
      const { values } = parseArgs({ args: rest, options: { all: { type: 'boolean', default: false } } });
      // Both kinds may be there, one beside the other.
      const present = presentNodeKinds(process.env);
      const layouts =
        process.env.TICKETBOTTLE_NODE === undefined && present.length > 0
          ? present.map((kind) => localLayout({ ...process.env, TICKETBOTTLE_NODE: kind }))
          : [localLayout(process.env)];
      for (const layout of layouts) {
        if (layout.node === 'containerd') requireRoot('npm run cluster -- down');
        const unlock = lockOf(layout);
        try {
          await down({ layout, daemons: new Daemons(layout), steps }, { all: values.all && layout === layouts.at(-1) });
        } finally {
          unlock();
        }
      }
      return 0;
    }
    case 'status': {
      const { values } = parseArgs({ args: rest, options: { json: { type: 'boolean', default: false } } });
      const layout = localLayout(process.env);
      const status = await clusterStatus(layout, new Daemons(layout));
      process.stdout.write(values.json ? `${JSON.stringify(status, null, 2)}\n` : statusTable(status));
      return status.up ? 0 : 1;
    }
    case 'kubectl': {
      const layout = localLayout(process.env);
      return await kubectl(programPath(layout.cache, 'controlplane'), layout.kubeconfig, rest);
    }
    default:
      process.stderr.write(`${USAGE}\n`);
      return 2;
  }
}

async function kubectl(program: string, kubeconfig: string, args: readonly string[]): Promise<number> {
  if (!existsSync(kubeconfig) || !existsSync(program)) {
    throw new SetupError('The cluster is down; type: npm run cluster -- up');
  }
  const child = spawn(program, ['kubectl', ...args], {
    stdio: 'inherit',
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  // The terminal sends Ctrl-C to both; kubectl decides what it means.
  process.on('SIGINT', () => {});
  // A signal to this process alone must not leave kubectl behind, for example in a watch.
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof InterruptedError) {
    process.stderr.write('Interrupted; what this step began is stopped.\n');
    process.exitCode = 130;
  } else if (error instanceof SetupError || error instanceof CommandError || error instanceof RangeError) {
    process.stderr.write(`\n✗ ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
