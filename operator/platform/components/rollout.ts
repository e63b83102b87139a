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

export interface Rollout {
  readonly state: 'Ready' | 'Progressing' | 'Stuck';
  readonly message: string;
}

/** The reason that the Deployment controller leaves standing once every pod is of the newest template. */
const ROLLED_OUT = 'NewReplicaSetAvailable';

/** Whether the Deployment controller has seen the newest template and given up on it. */
export function hasFailed({ metadata, status = {} }: DeploymentObject): boolean {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  return status.conditions?.some(({ type, status: value }) => type === 'Progressing' && value === 'False') === true;
}

/** Whether every pod that the Deployment asks for is of the newest template and ready: what we may go back to. */
export function hasArrived({ metadata, spec, status = {} }: DeploymentObject): boolean {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const wanted = spec?.replicas ?? 1;
  const done = status.conditions?.some(({ type, reason }) => type === 'Progressing' && reason === ROLLED_OUT) === true;
  return done && wanted > 0 && replicas === wanted && updatedReplicas === wanted && readyReplicas === wanted;
}

/**
 * Where a Deployment stands. Ready: every pod is of the new template, and of the `minReplicas` that the platform itself asks
 * for at least three quarters are ready. More pods on their way, because an autoscaler or a sale wants them, do not make it
 * less so. `previously` is the last verdict, kept while the Deployment controller has not looked at the newest change yet.
 */
export function rolloutOf(object: DeploymentObject, minReplicas: number, previously: string | undefined): Rollout {
  const { metadata, spec, status = {} } = object;
  const { namespace, name, generation = 0, labels = {} } = metadata;
  if (spec?.replicas === 0) return { state: 'Progressing', message: `deployment/${name} is scaled to 0` };
  // What the status says is about the template before this one.
  if ((status.observedGeneration ?? 0) < generation)
    return previously === 'Ready'
      ? { state: 'Ready', message: 'ready' }
      : { state: 'Progressing', message: 'rollout starts' };
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.status === 'False') {
    const selector = ['instance', 'name']
      .map((part) => `app.kubernetes.io/${part}`)
      .map((key) => `${key}=${labels[key]}`);
    const why = progressing.message ?? progressing.reason ?? 'no progress';
    return { state: 'Stuck', message: `${why} See: kubectl describe pods -n ${namespace} -l ${selector.join(',')}` };
  }
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  if (progressing?.reason !== ROLLED_OUT || updatedReplicas < replicas)
    return { state: 'Progressing', message: `rollout of deployment/${name} is under way` };
  const needed = Math.min(spec?.replicas ?? 1, minReplicas);
  if (readyReplicas < needed - Math.floor(needed / 4))
    return { state: 'Progressing', message: `not enough pods of deployment/${name} are ready` };
  return { state: 'Ready', message: 'ready' };
}
