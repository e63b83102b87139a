import type { KubeClient } from '#operator/kube/client.ts';
import { CONFIG_MAP, JOB, type KubeObject, POD } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';

type Pod = KubeObject & {
  spec: { containers: { image: string; envFrom?: { configMapRef?: { name: string } }[] }[] };
  status?: { conditions?: { type: string; status: string }[] };
};

export interface KubeletStandIn {
  /** Images whose pods never become ready; Jobs of these services fail. */
  readonly broken: Set<string>;
  /** Images that no registry has. */
  readonly unpullable: Set<string>;
  /** `NAME=value`: pods that start with it never become ready. */
  readonly brokenValues: Set<string>;
  readonly failingMigrations: Set<string>;
  /** What each pod, by uid, found in its ConfigMaps when it started, as `NAME=value`. */
  readonly startedWith: Map<string, readonly string[]>;
  /** Every image that was ever run, in the order of first sight. */
  readonly ran: string[];
}

/**
 * What a node would do and nothing else: pods become ready, or never do, and Jobs end. Deployments, ReplicaSets, garbage and
 * namespaces are in the hands of the real controllers.
 */
export function runKubelets(client: KubeClient, namespace: string, signal: AbortSignal): KubeletStandIn {
  const node: KubeletStandIn = {
    broken: new Set(),
    unpullable: new Set(),
    brokenValues: new Set(),
    failingMigrations: new Set(),
    startedWith: new Map(),
    ran: [],
  };
  void (async () => {
    while (!signal.aborted) {
      try {
        await Promise.all([startPods(client, namespace, node), endJobs(client, namespace, node)]);
      } catch {
        // The namespace may be on its way out; the next round tells.
      }
      await systemClock.sleep(100, signal).catch(() => {});
    }
  })();
  return node;
}

async function startPods(client: KubeClient, namespace: string, node: KubeletStandIn): Promise<void> {
  for (const pod of await client.list<Pod>(POD, { namespace })) {
    const image = pod.spec.containers[0]?.image ?? '';
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (node.unpullable.has(image)) {
      const refusal = `Back-off pulling image "${image}": ErrImagePull: ${image}: not found`;
      const state = { waiting: { reason: 'ImagePullBackOff', message: refusal } };
      const containerStatuses = [{ name: 'it', image, imageID: '', ready: false, restartCount: 0, state }];
      await client
        .mergePatch(POD, namespace, pod.metadata.name, { status: { containerStatuses } }, { subresource: 'status' })
        .catch(() => undefined);
      continue;
    }
    const values = node.startedWith.get(pod.metadata.uid ?? '') ?? (await valuesFor(client, namespace, pod));
    // Its container cannot be made yet.
    if (values === undefined) continue;
    node.startedWith.set(pod.metadata.uid ?? '', values);
    if (!node.ran.includes(image)) node.ran.push(image);
    const ready = !node.broken.has(image) && !values.some((one) => node.brokenValues.has(one));
    if (pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && (status === 'True') === ready)) continue;
    const at = now();
    const status = {
      phase: 'Running',
      startTime: at,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: at }],
    };
    await client
      .mergePatch(POD, namespace, pod.metadata.name, { status }, { subresource: 'status' })
      .catch(() => undefined);
  }
}

/** Undefined while a ConfigMap is missing. */
async function valuesFor(client: KubeClient, namespace: string, pod: Pod): Promise<readonly string[] | undefined> {
  const found: string[] = [];
  for (const { envFrom = [] } of pod.spec.containers)
    for (const { configMapRef } of envFrom) {
      type ConfigMap = KubeObject & { data?: Record<string, string> };
      const map = await client.get<ConfigMap>(CONFIG_MAP, namespace, configMapRef?.name ?? '');
      if (map === undefined) return undefined;
      for (const [name, value] of Object.entries(map.data ?? {})) found.push(`${name}=${value}`);
    }
  return found;
}

async function endJobs(client: KubeClient, namespace: string, node: KubeletStandIn): Promise<void> {
  type Job = KubeObject & { status?: { conditions?: unknown[] } };
  for (const job of await client.list<Job>(JOB, { namespace })) {
    if ((job.status?.conditions ?? []).length > 0) continue;
    const failed = node.failingMigrations.has(job.metadata.labels?.['ticketbottle.io/migrates'] ?? '');
    const at = now();
    const condition = (type: string) => ({ type, status: 'True', lastProbeTime: at, lastTransitionTime: at });
    const status = failed
      ? { startTime: at, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] }
      : {
          startTime: at,
          completionTime: at,
          succeeded: 1,
          conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
        };
    await client.mergePatch(JOB, namespace, job.metadata.name, { status }, { subresource: 'status' });
  }
}

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
