import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, run } from '#runtime/local/command.ts';
import { waitForLock } from '#runtime/local/lock.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { StepHandle } from '#runtime/local/steps.ts';
import { findGo, type GoDeps } from './go-toolchain.ts';

const KUBERNETES_VERSION = 'v1.36.3';

/** What the programs call themselves; without it the API server reports v0.0.0. */
const KUBERNETES_LDFLAGS = [
  `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=36',
  `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
].join(' ');

export const GO_PROGRAMS = {
  controlplane: { builds: 'the control plane', minutes: 5, ldflags: KUBERNETES_LDFLAGS },
  node: { builds: 'kubelet and kube-proxy', minutes: 1, ldflags: KUBERNETES_LDFLAGS },
  coredns: { builds: 'CoreDNS', minutes: 2, ldflags: '' },
  'metrics-server': { builds: 'metrics-server', minutes: 2, ldflags: KUBERNETES_LDFLAGS },
  certs: { builds: 'the certificate maker', minutes: 0, ldflags: '' },
  manifests: { builds: 'Helm and the health judges', minutes: 2, ldflags: '' },
  'kube-score': { builds: 'kube-score', minutes: 1, ldflags: '' },
  kwok: { builds: 'kwok', minutes: 2, ldflags: '' },
  pause: { builds: 'the pause program', minutes: 0, ldflags: '' },
  peer: { builds: 'the operator that ours is measured against', minutes: 2, ldflags: '' },
} as const;
export type GoProgram = keyof typeof GO_PROGRAMS;

/** What every cluster needs, whatever its node. */
export const CONTROL_PROGRAMS: readonly GoProgram[] = ['controlplane', 'coredns', 'metrics-server', 'certs'];

const SOURCES = join(import.meta.dirname, 'go');

/** The peer belongs to the benchmarks; how it is built and cached is the same. */
function sourcesOf(program: GoProgram): string {
  return program === 'peer' ? join(import.meta.dirname, '..', 'bench', 'peer-go') : join(SOURCES, program);
}

/** Path of a built program: the directory carries a hash of everything that goes into it, so it is never stale. */
export function programPath(cache: string, program: GoProgram): string {
  return join(cache, 'bin', `${program}-${hashOf(program)}`, program);
}

/**
 * Builds the program unless the cache has it, or waits for another clone that is building it. Throws SetupError when Go
 * cannot be had or cannot fetch the modules.
 */
export async function buildProgram(deps: GoDeps, program: GoProgram, step: StepHandle): Promise<string> {
  const target = programPath(deps.cache, program);
  if (existsSync(target)) {
    step.cached();
    return target;
  }
  mkdirSync(dirname(target), { recursive: true });
  const { builds } = GO_PROGRAMS[program];
  const release = await waitForLock(`${target}.lock`, builds, {
    signal: deps.signal,
    onWait: () => step.note(`another clone is building ${builds}`),
  });
  try {
    if (!existsSync(target)) await compile(deps, program, target, step);
    return target;
  } finally {
    release();
  }
}

async function compile(deps: GoDeps, program: GoProgram, target: string, step: StepHandle): Promise<void> {
  const go = await findGo(deps, step);
  const { minutes, ldflags } = GO_PROGRAMS[program];
  step.note(minutes > 0 ? `compiling, about ${minutes} min on 2 cores, only this once` : 'compiling');
  const unfinished = `${target}.${process.pid}`;
  let compiled = 0;
  // -v names each package as it is compiled: a build of minutes has to be seen moving.
  const flags = ['-v', '-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${ldflags}`.trim()];
  try {
    await run(go, ['build', ...flags, '-o', unfinished, '.'], {
      cwd: sourcesOf(program),
      env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
      signal: deps.signal,
      nice: true,
      onLine: (line) => {
        if (!line.startsWith('go: ')) compiled += 1;
        step.note(line.startsWith('go: ') ? line : `${compiled} packages compiled, now ${line}`);
      },
    });
    renameSync(unfinished, target); // Complete or not there.
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new SetupError(
      `${GO_PROGRAMS[program].builds} could not be built; if it names a download, check the network or GOPROXY and start again:\n  ${lastLines(cause.stderr)}`,
      { cause },
    );
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function hashOf(program: GoProgram): string {
  const hash = createHash('sha256').update(`${GO_PROGRAMS[program].ldflags} ${process.arch}\n`);
  const directory = sourcesOf(program);
  for (const file of readdirSync(directory).toSorted()) {
    if (/^go\.(mod|sum)$|\.go$/.test(file)) hash.update(`${file}\n`).update(readFileSync(join(directory, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-6).join('\n  ');
}
