import { giveCpuOf, SERVERS_GROUP } from '#runtime/local/control-groups.ts';

/** Where containerd puts containers whose pods have no group of their own. */
export const PODS_GROUP = 'k8s.io';

/** What a person runs beside it (an editor, a browser, other tests) still gets a fifth of a busy machine. */
const COUNT_AS = 2;

/**
 * Where a cluster runs on few cores, who gets how much of them decides what works: pods would all together count for one
 * process, and so would a server with every function that it runs. Pods and servers weigh the same, and each shares its
 * weight among its threads.
 */
export function giveServersCpu(): void {
  giveCpuOf(SERVERS_GROUP, COUNT_AS);
}

/** To be called when what an earlier node left is gone, its group with it. */
export function givePodsCpu(): void {
  giveCpuOf(PODS_GROUP, COUNT_AS);
}
