import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installParts } from '#runtime/local/backing/parts.ts';
import type { Parts } from '#runtime/local/backing/server.ts';
import {
  BACKING_NAMES,
  type BackingName,
  type BackingPorts,
  backingServers,
  LOCAL_PORTS,
  startServer,
} from '#runtime/local/backing.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { takeLock } from '#runtime/local/lock.ts';
import { createNetns, netnsCommand } from '#runtime/local/netns.ts';
import { requireRoot } from '#runtime/local/preflight.ts';
import { Daemons } from '#runtime/local/process.ts';
import { InterruptedError, SetupError } from '#runtime/local/setup-error.ts';
import { type StepHandle, type StepResult, Steps } from '#runtime/local/steps.ts';
import { DEFAULT_NAMES } from './options.ts';

export interface UpOptions {
  readonly extra: readonly BackingName[];
  readonly ports: Partial<BackingPorts>;
  readonly durable: boolean;
  /** File that gets [{step, seconds, cached}]. */
  readonly report: string | undefined;
}

/**
 * Brings the servers up inside the cluster's namespace, or finds them up. Downloads happen out here, where there is a
 * network; the rest is done by this same program inside, because only there it can see whether they serve.
 */
export async function bringUp(
  layout: LocalLayout,
  options: UpOptions,
  process_: { readonly args: readonly string[]; readonly path: string | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const { path, signal } = process_;
  if (layout.node === 'containerd') requireRoot('npm run cluster -- up');
  const unlock = takeLock(`${layout.home}.backing.lock`, `The set of backing services in ${layout.home}`);
  const innerReport = `${layout.home}.backing-report.${process.pid}`;
  try {
    const steps = new Steps();
    await steps.run('download the backing servers', async (step) => {
      const { installed } = await parts(layout, options, path, signal, step);
      if (installed.length === 0) step.cached();
      else step.detail(installed.join(', '));
    });
    if (layout.netns !== undefined) await createNetns(layout.netns, layout.nodeIp, layout.serviceCidr);
    const self = join(dirname(fileURLToPath(import.meta.url)), 'main.ts');
    const given = process_.args.filter((arg, at, all) => !arg.startsWith('--report') && all[at - 1] !== '--report');
    const inside = [self, 'up', ...given, '--inside', '--report', innerReport];
    const code = await untilEnd(...netnsCommand(layout.netns, process.execPath, inside), signal);
    if (code === 130) throw new InterruptedError();
    if (code !== 0) throw new SetupError('The backing services are not up, for the reason above.');
    if (options.report !== undefined) {
      const inner = JSON.parse(readFileSync(innerReport, 'utf8')) as StepResult[];
      writeReport(options.report, [...steps.results(), ...inner]);
    }
  } finally {
    rmSync(innerReport, { force: true });
    unlock();
  }
}

/** The half of `up` that runs inside the namespace. What this start began it also ends when it fails. */
export async function bringUpInside(layout: LocalLayout, options: UpOptions, signal: AbortSignal): Promise<void> {
  const daemons = new Daemons(layout);
  const steps = new Steps();
  const { parts: installed } = await parts(layout, options, process.env.PATH, signal);
  const ports = { ...LOCAL_PORTS, ...options.ports };
  const place = {
    // In a namespace of our own there is nobody else to serve by mistake.
    ...{ data: layout.data, host: layout.nodeIp, bind: layout.netns === undefined ? layout.nodeIp : '0.0.0.0' },
    ...{ persistent: true, durable: options.durable, tiedToParent: false },
  };
  const begun: string[] = [];
  const start = async (name: BackingName) =>
    await steps.run(name, async (step) => {
      const outcomes = [];
      for (const server of backingServers(name, installed, place, ports)) {
        const wasRunning = daemons.pidOf(server.daemon.name) !== undefined;
        if (!wasRunning) begun.push(server.daemon.name);
        outcomes.push(await startServer(daemons, server, signal, layout.loopback));
      }
      if (outcomes.every((outcome) => outcome === 'running')) step.cached();
    });
  const results = await Promise.allSettled(wantedNames(options).map(start));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await daemons.stopAll((name) => begun.includes(name));
    throw failed.reason;
  }
  if (options.report !== undefined) writeReport(options.report, steps.results());
}

function wantedNames({ extra }: UpOptions): BackingName[] {
  return BACKING_NAMES.filter(
    (name) => extra.includes(name) || (DEFAULT_NAMES as readonly BackingName[]).includes(name),
  );
}

async function parts(
  layout: LocalLayout,
  options: UpOptions,
  path: string | undefined,
  signal: AbortSignal,
  step?: StepHandle,
): Promise<{ parts: Parts; installed: string[] }> {
  const dynamodbLocal = options.extra.includes('dynamodb-local');
  const progress = step === undefined ? {} : { onProgress: (note: string) => step.note(note) };
  return await installParts({ cache: layout.cache, path, kafka: true, dynamodbLocal, signal, ...progress });
}

/** Runs the inner half on this terminal, in a group of its own: Ctrl-C reaches it once, through us. */
async function untilEnd(command: string, args: readonly string[], signal: AbortSignal): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', detached: true });
  const pass = () => child.kill('SIGTERM');
  signal.addEventListener('abort', pass, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    signal.removeEventListener('abort', pass);
  }
}

function writeReport(file: string, results: readonly StepResult[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
