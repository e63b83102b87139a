import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { CommandError, run } from './command.ts';
import { SetupError } from './setup-error.ts';

/** Each check returns when all is well and otherwise throws one SetupError saying what is missing and what to type. */

export function requireRoot(command: string): void {
  if (process.getuid?.() === 0) return;
  throw new SetupError(
    `This needs root, because it makes a network namespace and runs containers; type: sudo ${command}  (or use your own cluster with --context NAME)`,
  );
}

/** Absolute path of a program, or undefined. */
export function findCommand(name: string, path: string | undefined): string | undefined {
  for (const directory of [...(path ?? '').split(delimiter), '/usr/local/go/bin', '/usr/sbin', '/sbin']) {
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

/** Checks free space where `path` is or will be. `bytes` is what is about to be written. */
export function requireDisk(path: string, bytes: number, setting: string): void {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  const free = Number(bavail) * Number(bsize);
  if (free >= bytes) return;
  const gib = (value: number) => (value / 1024 ** 3).toFixed(1);
  throw new SetupError(
    `${path} has ${gib(free)} GiB free and ${gib(bytes)} GiB are needed; free some space, or choose another disk with ${setting}=/path`,
  );
}

export function requireWritable(path: string, setting: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (cause) {
    throw new SetupError(`${path} cannot be written; choose another directory with ${setting}=/path`, { cause });
  }
}

/** Checks that a TCP port of `host`, in this process's network namespace, can be listened on. `mend`: how to get another. */
export async function requirePortFree(port: number, what: string, mend: string, host = '127.0.0.1'): Promise<void> {
  const server = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => resolve(undefined));
  });
  await new Promise((resolve) => server.close(resolve));
  if (code === undefined) return;
  if (code !== 'EADDRINUSE')
    throw new SetupError(`Port ${port} for ${what} cannot be used (${code}); choose another with ${mend}`);
  const owner = portOwner(port);
  throw new SetupError(
    `Port ${port} on ${host}, needed for ${what}, is taken${owner === undefined ? '' : ` by process ${owner.pid} (${owner.name})`}; stop that, or choose another with ${mend}`,
  );
}

/** Installs Debian packages that are missing. Says which ones to install when it cannot. */
export async function ensureAptPackages(
  packages: Readonly<Record<string, string>>,
  options: { readonly signal?: AbortSignal; readonly onLine?: (line: string) => void } = {},
): Promise<string[]> {
  const missing = Object.entries(packages)
    .filter(([, file]) => !existsSync(file))
    .map(([name]) => name);
  if (missing.length === 0) return [];
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new SetupError(`These packages are missing: ${missing.join(', ')}; type: sudo ${command}`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const args = ['install', '-y', '--no-install-recommends', ...missing];
  try {
    await run('apt-get', args, { ...options, env });
  } catch (first) {
    if (!(first instanceof CommandError)) throw first;
    // A fresh machine has no package lists yet.
    try {
      await run('apt-get', ['update'], { ...options, env });
      await run('apt-get', args, { ...options, env });
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      throw new SetupError(
        `These packages could not be installed: ${missing.join(', ')}; type: ${command}  and see what it says (${lastLine(cause.stderr)})`,
        { cause },
      );
    }
  }
  return missing;
}

/** The process that listens on a TCP port of this network namespace, if /proc lets us see it. */
export function portOwner(port: number): { pid: number; name: string } | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hex}`) === true && fields[3] === '0A') inodes.add(`socket:[${fields[9]}]`);
    }
  }
  for (const pid of readdirSync('/proc').filter((entry) => /^[0-9]+$/.test(entry))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
      if (holds) return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
    } catch {
      // Gone, or not ours to look into.
    }
  }
  return undefined;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
