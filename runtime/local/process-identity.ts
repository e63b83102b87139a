import { readdirSync, readFileSync } from 'node:fs';

/**
 * Which process, exactly: a pid alone may be reused, so it comes with its start time (clock ticks since boot) and the boot
 * it belongs to. Only a process that matches in all three is ours to signal.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
}

/** Identity of a living process; undefined when it is gone or a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks, bootId: bootId() };
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Sends a signal if, and only if, this is still the same process. Returns whether it was sent. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Living processes whose environment holds exactly `name=value`; children inherit it, so orphans are found too. */
export function processesWithEnv(name: string, value: string): ProcessIdentity[] {
  return processesWhere((environ) => environ.includes(`${name}=${value}`));
}

/** Living processes that have an environment variable `name` with a value that `matches`. */
export function processesWithEnvWhere(name: string, matches: (value: string) => boolean): ProcessIdentity[] {
  return processesWhere((environ) =>
    environ.some((entry) => entry.startsWith(`${name}=`) && matches(entry.slice(name.length + 1))),
  );
}

function processesWhere(matches: (environ: string[]) => boolean): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(entry) || Number(entry) === process.pid) continue;
    const environ = readProc(`/proc/${entry}/environ`);
    if (environ === undefined || !matches(environ.split('\0'))) continue;
    const identity = identify(Number(entry));
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

let bootIdCache: string | undefined;
function bootId(): string {
  bootIdCache ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootIdCache;
}

/** Processes come and go while we look; what cannot be read is not there. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
