import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/**
 * Kills every process in the cluster's control group and removes the group, in every hierarchy. Containers are in no
 * process tree of ours once containerd and its shims are gone; this finds them all the same, and nothing else.
 */
export async function removeControlGroup(name: string): Promise<void> {
  const roots = hierarchies().flatMap((hierarchy) => {
    const root = join(hierarchy, name);
    return existsSync(root) ? [root] : [];
  });
  for (const root of roots) {
    for (let attempt = 0; attempt < 100; attempt++) {
      const groups = [...descendants(root), root];
      let left = 0;
      for (const group of groups) {
        for (const pid of processesIn(group)) {
          left++;
          kill(pid);
        }
      }
      if (left === 0) break;
      await sleep(50);
    }
  }
  for (let attempt = 0; attempt < 40; attempt++) {
    const stubborn = roots.flatMap((root) => [...descendants(root), root]).filter((group) => !removed(group));
    if (stubborn.length === 0) return;
    await sleep(50); // The kernel lets go of a dead process's group a little later.
  }
}

/** True when the control groups can be written and offer what containers need. */
export function controlGroupsUsable(): { usable: true } | { usable: false; why: string } {
  const v2 = join(ROOT, 'cgroup.controllers');
  const available = existsSync(v2) ? readFileSync(v2, 'utf8').trim().split(' ') : readdirSync(ROOT);
  const missing = ['cpu', 'memory', 'pids'].filter((controller) => !available.includes(controller));
  if (missing.length > 0)
    return { usable: false, why: `the control groups ${missing.join(', ')} are not mounted in ${ROOT}` };
  return { usable: true };
}

/** v2 is one hierarchy at the root; v1 has one per controller. */
function hierarchies(): string[] {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return [ROOT];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(ROOT, entry.name));
}

/** Groups below `group`, deepest first. */
function descendants(group: string): string[] {
  try {
    return readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => [...descendants(join(group, entry.name)), join(group, entry.name)]);
  } catch {
    return [];
  }
}

function processesIn(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}

function removed(group: string): boolean {
  try {
    rmdirSync(group);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  return true;
}
