import { existsSync, mkdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { DaemonSpec } from '#runtime/local/process.ts';

/**
 * containerd, kubelet and the containers live in a mount namespace of their own, held by a sleeping process. Volumes and
 * root file systems mounted there never show up on the host, and all of them vanish with the last process, also after
 * `kill -9` of everything. Directories whose names are fixed in those programs are replaced there by ours.
 */
const FIXED_DIRECTORIES = ['/var/lib/kubelet', '/var/lib/cni', '/var/log/containers', '/run/containerd'];

/** The daemon that holds the mount namespace open. Everything else of the node starts with `mountNamespace: mountsOf(pid)`. */
export function mountHolder(layout: LocalLayout): DaemonSpec {
  const replacements = FIXED_DIRECTORIES.map((path) => ({ path, by: replacementOf(layout, path) }));
  const script = [
    'set -e',
    ...replacements.flatMap(({ path, by }) => [`mkdir -p '${by}'`, `mount --bind '${by}' '${path}'`]),
    // Mounts made by kubelet reach containers that asked for HostToContainer propagation.
    'mount --make-rshared /',
    'exec sleep infinity',
  ].join('\n');
  return {
    name: 'mounts',
    command: 'unshare',
    args: ['--mount', '--propagation', 'private', 'sh', '-c', script],
    netns: layout.netns,
    stopSignal: 'SIGKILL',
  };
}

export function mountsOf(pid: number): string {
  return `/proc/${pid}/ns/mnt`;
}

/** True once the holder has made its mounts and sleeps. */
export function holdsMounts(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  const program = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  return program === 'sleep' && readlinkSync(mountsOf(pid)) !== readlinkSync('/proc/self/ns/mnt');
}

/** Mount points must exist on the host too; remembers which of them we made, so that `down` takes them away. */
export function makeMountPoints(layout: LocalLayout): void {
  const missing = FIXED_DIRECTORIES.filter((path) => !existsSync(path));
  if (missing.length > 0) {
    mkdirSync(layout.home, { recursive: true });
    writeFileSync(recordOf(layout), JSON.stringify([...new Set([...madeByUs(layout), ...missing])]));
    for (const path of missing) mkdirSync(path, { recursive: true });
  }
}

export function removeMountPoints(layout: LocalLayout): void {
  for (const path of madeByUs(layout)) {
    try {
      rmdirSync(path);
    } catch {
      // Somebody else uses it now.
    }
  }
}

function replacementOf(layout: LocalLayout, path: string): string {
  return path.startsWith('/run/') ? join(layout.run, 'mounts', path) : join(layout.data, 'mounts', path);
}

function recordOf(layout: LocalLayout): string {
  return join(layout.home, 'mount-points-made.json');
}

function madeByUs(layout: LocalLayout): string[] {
  const record = recordOf(layout);
  if (!existsSync(dirname(record)) || !existsSync(record)) return [];
  return JSON.parse(readFileSync(record, 'utf8')) as string[];
}
