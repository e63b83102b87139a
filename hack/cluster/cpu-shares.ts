import { giveCpuOf, SERVERS_GROUP } from '#runtime/local/control-groups.ts';

/** Where containerd puts containers whose pods have no group of their own. */
export const PODS_GROUP = 'k8s.io';

/** About how many pods a demo has, and how many servers. */
const COUNT_AS = 16;

/**
 * Where a cluster runs on few cores, who gets how much of them decides what works: pods would all together count for one
 * process, and so would a server with every function that it runs. Pods and servers get one half each, and share it among
 * their threads; the rest of the machine goes on as if both were some programs more.
 */
export function giveServersCpu(): void {
  giveCpuOf(SERVERS_GROUP, COUNT_AS);
}

/** To be called when what an earlier node left is gone, its group with it. */
export function givePodsCpu(): void {
  giveCpuOf(PODS_GROUP, COUNT_AS);
}
