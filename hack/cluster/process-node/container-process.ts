import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DAEMON_MARK } from '#runtime/local/process.ts';
import type { ContainerLog } from './container-log.ts';
import { expand } from './expansion.ts';
import type { LocalImage } from './image-catalogue.ts';
import type { ContainerSpec } from './pod.ts';
import { POD_PLACE, type PodPlace } from './settings.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'pod-preload.ts')).href;
/** Read below Node's JavaScript, so their values have to be real paths. */
const READ_BY_NATIVE_CODE = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** What a process in a container starts from: for the container itself, and for `kubectl exec` and exec probes. */
export interface ContainerPlace {
  readonly image: LocalImage;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly podPlace: PodPlace;
}

export interface Exit {
  /** 128 + number for a signal, as shells and container runtimes have it. */
  readonly code: number;
  readonly signal: number | undefined;
}

/** The command could not even be started; the container runtime's words for it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Environment, working folder and paths of a container's processes. `variables` is what Kubernetes gives it. */
export function containerPlace(
  spec: ContainerSpec,
  image: LocalImage,
  variables: Readonly<Record<string, string>>,
  podPlace: PodPlace,
  home: string,
): ContainerPlace {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const imagePaths = { paths: [{ path: image.path, at: image.directory }] };
  const own = Object.fromEntries(Object.entries(image.env).map(([name, value]) => [name, real(imagePaths, value)]));
  const env: Record<string, string> = {
    HOME: home,
    HOSTNAME: podPlace.hostname,
    ...own,
    ...variables,
  };
  for (const name of READ_BY_NATIVE_CODE) {
    const value = env[name];
    if (value !== undefined) env[name] = real(podPlace, value);
  }
  // The pinned Node first, then what the machine has.
  env.PATH = [dirname(process.execPath), variables.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter);
  env.NODE_OPTIONS = [variables.NODE_OPTIONS, `--import="${PRELOAD}"`].filter(Boolean).join(' ');
  env[POD_PLACE] = JSON.stringify(podPlace);
  const mark = process.env[DAEMON_MARK]; // By it `down` finds every process, whatever became of us.
  if (mark !== undefined) env[DAEMON_MARK] = mark;
  return { image, env, cwd: real(podPlace, spec.workingDir ?? image.workingDir), podPlace };
}

/** The container's own command line. */
export function containerCommand(
  spec: ContainerSpec,
  image: LocalImage,
  variables: Readonly<Record<string, string>>,
): string[] {
  const expanded = (words: readonly string[]) => words.map((word) => expand(word, variables));
  if (spec.command !== undefined) return [...expanded(spec.command), ...expanded(spec.args ?? [])];
  return [...image.entrypoint, ...(spec.args === undefined ? image.command : expanded(spec.args))];
}

/**
 * Starts a command in the container: a process group of its own that dies with the kubelet. Throws StartError when there is
 * no such program.
 */
export function startProcess(
  place: ContainerPlace,
  command: readonly string[],
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const [name = '', ...args] = command;
  const program = findProgram(real(place.podPlace, name), place.env.PATH ?? '');
  if (program === undefined) {
    throw new StartError(`exec: "${name}": executable file not found in $PATH`);
  }
  if (!statSync(place.cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StartError(`chdir to cwd ("${place.cwd}") set in config failed: no such file or directory`);
  }
  const line = [program, ...args.map((arg) => real(place.podPlace, arg))];
  // Replaces itself by the program, so the pid is the program's own.
  const [file = '', ...rest] = SETPRIV === undefined ? line : [SETPRIV, '--pdeathsig', 'KILL', '--', ...line];
  const env = { ...place.env };
  return spawn(file, rest, { cwd: place.cwd, env, stdio: [stdin, 'pipe', 'pipe'], detached: true });
}

const SETPRIV = findProgram('setpriv', '/usr/bin:/bin');

/** Resolves when the process has ended and everything it printed has arrived. */
export async function ended(child: ChildProcess): Promise<Exit> {
  return await new Promise((resolve) => {
    child.once('error', () => resolve({ code: 128, signal: undefined }));
    child.once('close', (code, by) => {
      const signal = by === null ? undefined : osConstants.signals[by];
      resolve({ code: code ?? 128 + (signal ?? 0), signal });
    });
  });
}

/** SIGKILL for the whole group: what the program started goes with it. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** Runs a command beside the container's own process and collects what it prints. */
export async function execCollect(
  place: ContainerPlace,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ code: number; output: string }> {
  let child: ChildProcess;
  try {
    child = startProcess(place, command);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { code: 126, output: error.message };
  }
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, 10_240);
    });
  }
  const timer = setTimeout(() => killGroup(child), timeoutMs);
  const { code } = await ended(child);
  clearTimeout(timer);
  return { code, output };
}

/** Connects a container's output with its log. */
export function logOutput(child: ChildProcess, log: ContainerLog): void {
  if (child.stdout !== null) log.take(child.stdout, 'stdout');
  if (child.stderr !== null) log.take(child.stderr, 'stderr');
}

function real({ paths }: Pick<PodPlace, 'paths'>, text: string): string {
  const match = paths
    .toSorted((a, b) => b.path.length - a.path.length)
    .find(({ path }) => text === path || text.startsWith(`${path}/`));
  return match === undefined ? text : match.at + text.slice(match.path.length);
}

function findProgram(name: string, path: string): string | undefined {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((directory) => join(directory, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}
