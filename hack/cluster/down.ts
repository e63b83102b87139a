import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import { removeEmptyControlGroup, SERVERS_GROUP } from '#runtime/local/control-groups.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { deleteNetns, netnsPath } from '#runtime/local/netns.ts';
import { DAEMON_MARK, type Daemons } from '#runtime/local/process.ts';
import { isAlive, processesWithEnvWhere, signalProcess } from '#runtime/local/process-identity.ts';
import type { Steps } from '#runtime/local/steps.ts';
import { nodeOf } from './node-of.ts';
import { clusterDaemons } from './status.ts';

/**
 * Removes every trace of the cluster and of whatever else runs in its home and namespace: processes, containers, mounts,
 * namespace, control groups, state. Keeps the build cache unless `all`. Fine when nothing is there.
 */
export async function down(
  deps: { readonly layout: LocalLayout; readonly daemons: Daemons; readonly steps: Steps },
  options: { readonly all: boolean },
): Promise<void> {
  const { layout, daemons, steps } = deps;
  if (existsSync(layout.home) || (layout.netns !== undefined && existsSync(netnsPath(layout.netns)))) {
    await steps.run('stop containers, daemons, namespace', async (step) => {
      await stopAll(layout, daemons, (name) => step.note(name));
    });
    await steps.run('remove state', async () => {
      await unmountBelow(layout.home);
      removeDirectory(layout.home);
    });
  } else {
    steps.say('  nothing is running');
  }
  if (options.all) {
    await steps.run('remove the build cache', async () => rmSync(layout.cache, { recursive: true, force: true }));
  } else if (existsSync(layout.cache)) {
    steps.say(`  kept: built programs in ${layout.cache}  (npm run cluster -- down --all removes them too)`);
  }
}

/** Ends the cluster's own programs and keeps its state: the next `up` continues from it. Others of this home go on running. */
export async function stopCluster(layout: LocalLayout, daemons: Daemons): Promise<void> {
  await nodeOf(layout, daemons).remove();
  const names = clusterDaemons(layout);
  await daemons.stopAll((name) => names.includes(name));
}

/** Ends everything that runs in this home and namespace, and keeps the state. */
export async function stopAll(
  layout: LocalLayout,
  daemons: Daemons,
  onStop: (name: string) => void = () => {},
): Promise<void> {
  await nodeOf(layout, daemons).remove();
  await daemons.stopAll(undefined, onStop);
  await endMarked(layout);
  await deleteNetns(layout.netns);
  await removeEmptyControlGroup(SERVERS_GROUP);
}

/** Processes whose record was lost; their environment still says that they are ours. */
async function endMarked(layout: LocalLayout): Promise<void> {
  const left = processesWithEnvWhere(DAEMON_MARK, (mark) => mark.startsWith(`${layout.run}/`));
  for (const identity of left) signalProcess(identity, 'SIGKILL');
  while (left.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Mounts below our own directory, deepest first; there are none unless someone mounted by hand. */
async function unmountBelow(directory: string): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
    .filter((point) => point.startsWith(`${directory}/`));
  for (const point of points.toSorted((a, b) => b.length - a.length)) await run('umount', ['--lazy', point]);
}

/** The directory itself may be a mount point or belong to someone else's set-up; then it stays, empty. */
function removeDirectory(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory))
    rmSync(join(directory, entry), { recursive: true, force: true, maxRetries: 5 });
  try {
    rmSync(directory, { recursive: true });
  } catch {
    // Empty now.
  }
}
