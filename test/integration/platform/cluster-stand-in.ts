import type { KubeClient } from '#operator/kube/client.ts';
import { DEPLOYMENT, JOB, type KubeObject } from '#operator/kube/resource.ts';

/**
 * Plays the controllers that this API server runs without: Jobs succeed (or fail when `failing` names their service) and
 * Deployments become available. Only status is written, as the real ones would.
 */
export async function playControllers(
  client: KubeClient,
  namespace: string,
  failing: ReadonlySet<string> = new Set(),
): Promise<void> {
  for (const job of await client.list<KubeObject & { status?: { conditions?: unknown[] } }>(JOB, { namespace })) {
    if ((job.status?.conditions ?? []).length > 0) continue;
    const service = job.metadata.labels?.['ticketbottle.io/migrates'] ?? '';
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const condition = (type: string) => ({ type, status: 'True', lastProbeTime: at, lastTransitionTime: at });
    const status = failing.has(service)
      ? { startTime: at, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] }
      : {
          startTime: at,
          completionTime: at,
          succeeded: 1,
          conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
        };
    await client.mergePatch(JOB, namespace, job.metadata.name, { status }, { subresource: 'status' });
  }
  type Deployment = KubeObject & { spec: { replicas?: number }; status?: { observedGeneration?: number } };
  for (const one of await client.list<Deployment>(DEPLOYMENT, { namespace })) {
    const { generation = 0, name } = one.metadata;
    if (one.status?.observedGeneration === generation) continue;
    const replicas = one.spec.replicas ?? 1;
    const status = {
      observedGeneration: generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: '' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: '' },
      ],
    };
    await client.mergePatch(DEPLOYMENT, namespace, name, { status }, { subresource: 'status' });
  }
}
