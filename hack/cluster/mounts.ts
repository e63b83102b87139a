import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { DAEMON_MARK, type DaemonSpec } from '#runtime/local/process.ts';
import { processesWithEnvWhere } from '#runtime/local/process-identity.ts';

/**
 * containerd, kubelet and the containers live in a mount namespace of their own, held by a sleeping process. Volumes and
 * root file systems mounted there never show up on the host, and all of them vanish with the last process, also after
 * `kill -9` of everything. Directories whose names are fixed in those programs are replaced there by ours.
 */
const FIXED_DIRECTORIES = ['/var/lib/kubelet', '/var/lib/cni', '/var/log/containers', '/run/containerd'];
const MADE_BY_US = '.made-by-ticketbottle';

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

/** Mount points must exist on the host too; those that we make carry a mark, so that `down` takes them away again. */
export function makeMountPoints(): void {
  for (const path of FIXED_DIRECTORIES) {
    if (existsSync(path)) continue;
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, MADE_BY_US), '');
  }
}

/** Call without a holder of one's own. Another cluster's mounts would go with their mount points, so then they stay. */
export function removeMountPoints(): void {
  if (processesWithEnvWhere(DAEMON_MARK, (mark) => mark.endsWith('/mounts')).length > 0) return;
  for (const path of FIXED_DIRECTORIES) {
    const entries = existsSync(path) ? readdirSync(path) : [];
    if (entries.length === 1 && entries[0] === MADE_BY_US) rmSync(path, { recursive: true });
  }
}

function replacementOf(layout: LocalLayout, path: string): string {
  return path.startsWith('/run/') ? join(layout.run, 'mounts', path) : join(layout.data, 'mounts', path);
}
