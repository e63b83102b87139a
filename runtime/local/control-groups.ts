import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/** Servers beside the pods, once a cluster of containers has made the group for them. */
export const SERVERS_GROUP = 'ticketbottle';

/**
 * Kills every process in these control groups, by path below a hierarchy, and removes the groups, in every hierarchy. A
 * container is in no process tree of ours once its shim is gone; its control group still finds it, and nothing else.
 */
export async function removeControlGroups(paths: readonly string[]): Promise<void> {
  const groups = hierarchies()
    .flatMap((hierarchy) => paths.map((path) => join(hierarchy, path)))
    .filter((group) => existsSync(group))
    .flatMap((group) => [...descendants(group), group]);
  for (let attempt = 0; attempt < 200; attempt++) {
    const pids = groups.flatMap(processesIn);
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
    await sleep(25);
  }
  await removeGroups(groups);
}

async function removeGroups(groups: readonly string[]): Promise<void> {
  let stubborn = groups;
  for (let attempt = 0; attempt < 40 && stubborn.length > 0; attempt++) {
    stubborn = stubborn.filter((group) => !removed(group));
    if (stubborn.length > 0) await sleep(25); // The kernel lets go of a dead process's group a little later.
  }
}

/**
 * Makes this group count for as much as `processes` processes outside it when the CPU is short. Without it a group counts for
 * one, however many pods are in it. Does nothing where the CPU controller is not given to us.
 */
export function giveCpuOf(path: string, processes: number): void {
  for (const hierarchy of hierarchies()) {
    const v2 = existsSync(join(hierarchy, 'cgroup.controllers'));
    if (!v2 && !existsSync(join(hierarchy, 'cpu.shares'))) continue;
    mkdirSync(join(hierarchy, path), { recursive: true });
    if (v2) tell(join(hierarchy, 'cgroup.subtree_control'), '+cpu');
    // v1 calls it shares and starts at 1024, v2 weight and starts at 100.
    tell(join(hierarchy, path, v2 ? 'cpu.weight' : 'cpu.shares'), String((v2 ? 100 : 1024) * processes));
  }
}

/** Moves a process just started, and all that it will start, into a group of `giveCpuOf`; where there is none it stays. */
export function joinControlGroup(path: string, pid: number | undefined): void {
  if (pid === undefined) return;
  for (const hierarchy of hierarchies()) tell(join(hierarchy, path, 'cgroup.procs'), String(pid));
}

/** Leaves it where the kernel, or whoever runs us, does not allow it. */
function tell(file: string, text: string): void {
  try {
    // Never creates the file: in a group only the kernel does.
    writeFileSync(file, text, { flag: 'r+' });
  } catch {
    // Then each process and each group counts for one.
  }
}

/** Removes the group that ours were in, which `giveCpuOf` made, unless somebody else has something in it. */
export async function removeEmptyControlGroup(path: string): Promise<void> {
  await removeGroups(hierarchies().map((hierarchy) => join(hierarchy, path)));
}

/** v2 is one hierarchy at the root; v1 has one per controller. */
function hierarchies(): string[] {
  if (!existsSync(ROOT)) return [];
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
