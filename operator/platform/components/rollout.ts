import type { KubeObject } from '../../kube/resource.ts';

export interface DeploymentObject extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
}

/**
 * Where a Deployment stands. Ready: every pod is of the new template and enough of them are available; an autoscaler adding
 * pods does not make it less so.
 */
export function rolloutOf(object: DeploymentObject): {
  readonly state: 'Ready' | 'Progressing' | 'Stuck';
  readonly message: string;
} {
  const { metadata, spec, status = {} } = object;
  const { namespace, name, generation = 0 } = metadata;
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  const progressing = condition('Progressing');
  if (progressing?.status === 'False')
    return {
      state: 'Stuck',
      message: `${progressing.message ?? progressing.reason ?? 'no progress'} See: kubectl describe pods -n ${namespace} -l app.kubernetes.io/instance=${metadata.labels?.['app.kubernetes.io/instance']},app.kubernetes.io/name=${metadata.labels?.['app.kubernetes.io/name']}`,
    };
  const wanted = spec?.replicas ?? 1;
  if ((status.observedGeneration ?? 0) < generation) return { state: 'Progressing', message: 'rollout starts' };
  if ((status.updatedReplicas ?? 0) < Math.min(wanted, status.replicas ?? wanted))
    return { state: 'Progressing', message: `rollout of deployment/${name} is under way` };
  if (condition('Available')?.status !== 'True')
    return { state: 'Progressing', message: `not enough pods of deployment/${name} are ready yet` };
  return { state: 'Ready', message: 'ready' };
}
