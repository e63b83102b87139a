/**
 * The local cluster: `npm run cluster -- up|down|status|kubectl ...`.
 *
 *   up [--report FILE]    brings it up, or finds it up; FILE gets [{step, seconds, cached}]
 *   down [--all]          removes every trace; --all removes the build cache as well
 *   status [--json]       what runs; exit code 0 only when the cluster is whole
 *   kubectl ARGUMENTS     kubectl against this cluster
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError } from '#runtime/local/command.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { takeLock } from '#runtime/local/lock.ts';
import { requireRoot } from '#runtime/local/preflight.ts';
import { Daemons } from '#runtime/local/process.ts';
import { InterruptedError, SetupError } from '#runtime/local/setup-error.ts';
import { Steps } from '#runtime/local/steps.ts';
import { down, stopAll } from './down.ts';
import { programPath } from './go-programs.ts';
import { clusterStatus, statusTable } from './status.ts';
import { up } from './up.ts';

const USAGE = 'usage: npm run cluster -- up [--report FILE] | down [--all] | status [--json] | kubectl ARGUMENTS';

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  const layout = localLayout(process.env);
  const daemons = new Daemons(layout);
  const steps = new Steps();
  const lock = () => takeLock(`${layout.home}.lock`, `The cluster in ${layout.home}`);

  switch (command) {
    case 'up': {
      const { values } = parseArgs({ args: rest, options: { report: { type: 'string' } } });
      requireRoot('npm run cluster -- up');
      const signal = interruption(() => process.stderr.write('\nStopping what this start began ...\n'));
      const unlock = lock();
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
      requireRoot('npm run cluster -- down');
      const unlock = lock();
      try {
        await down({ layout, daemons, steps }, { all: values.all });
      } finally {
        unlock();
      }
      return 0;
    }
    case 'status': {
      const { values } = parseArgs({ args: rest, options: { json: { type: 'boolean', default: false } } });
      const status = await clusterStatus(layout, daemons);
      process.stdout.write(values.json ? `${JSON.stringify(status, null, 2)}\n` : statusTable(status));
      return status.up ? 0 : 1;
    }
    case 'kubectl':
      return await kubectl(programPath(layout.cache, 'controlplane'), layout.kubeconfig, rest);
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
    process.stderr.write('Interrupted; nothing of this start is left running.\n');
    process.exitCode = 130;
  } else if (error instanceof SetupError || error instanceof CommandError || error instanceof RangeError) {
    process.stderr.write(`\n✗ ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
