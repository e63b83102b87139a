import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeeds } from './command.ts';

const CGROUPS = '/sys/fs/cgroup';

export type Usable = { readonly usable: true } | { readonly usable: false; readonly why: string };

/** Looks, without changing anything, whether this machine lets us run containers in a network namespace of our own. */
export async function containersUsable(signal?: AbortSignal): Promise<Usable> {
  const no = (why: string): Usable => ({ usable: false, why });
  const options = signal === undefined ? {} : { signal };
  if (process.getuid?.() !== 0) return no('this is not root');
  // Root of a user namespace looks like root and may not touch control groups, iptables or most mounts.
  const map = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/);
  if (map.length !== 3 || map[0] !== '0' || map[1] !== '0' || Number(map[2]) < 4_294_967_295) {
    return no('this root is one of a user namespace only');
  }
  if (!(await succeeds('unshare', ['--net', '--mount', 'true'], options))) {
    return no('new network and mount namespaces are not allowed here (a container without privileges?)');
  }
  const groups = controlGroupsUsable();
  if (!groups.usable) return groups;
  const overlay = () => readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n');
  if (!overlay() && !(await succeeds('modprobe', ['overlay'], options))) {
    return no('this kernel has no overlay file system (modprobe overlay)');
  }
  return { usable: true };
}

/** True when the control groups can be written and offer what containers need. */
export function controlGroupsUsable(): Usable {
  const v2 = join(CGROUPS, 'cgroup.controllers');
  const available = existsSync(v2)
    ? readFileSync(v2, 'utf8').trim().split(' ')
    : existsSync(CGROUPS)
      ? readdirSync(CGROUPS)
      : [];
  const missing = ['cpu', 'memory', 'pids'].filter((controller) => !available.includes(controller));
  if (missing.length > 0) {
    return { usable: false, why: `the control groups ${missing.join(', ')} are not mounted in ${CGROUPS}` };
  }
  const hierarchies = existsSync(v2) ? [CGROUPS] : missing.length === 0 ? [join(CGROUPS, 'pids')] : [];
  const readOnly = hierarchies.filter((path) => mountedReadOnly(path));
  return readOnly.length === 0 ? { usable: true } : { usable: false, why: `${readOnly[0]} is mounted read-only` };
}

function mountedReadOnly(path: string): boolean {
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, point]) => point === path);
  return mount?.[3]?.split(',').includes('ro') === true;
}
