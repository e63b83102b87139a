import type { ServiceName } from '#proto/names.ts';
import { isConflict } from '../../kube/api-error.ts';
import { DEPLOYMENT } from '../../kube/resource.ts';
import type { Pass } from '../pass.ts';
import type { AutoscalerObject } from './autoscaler.ts';
import type { DeploymentObject } from './rollout.ts';

/**
 * Brings back a Deployment that somebody scaled to nothing. Its autoscaler takes that for switched off and does nothing, so
 * nobody else would. Returns it as it is then.
 */
export async function wake<T extends DeploymentObject>(
  { children, ctx, observeOnly, platform, report }: Pass,
  service: ServiceName,
  asleep: T,
  scaler: AutoscalerObject | undefined,
): Promise<T> {
  const { namespace = '', name, resourceVersion } = asleep.metadata;
  const replicas = scaler?.spec?.minReplicas ?? platform.spec.services[service].replicas.min;
  const reason = `spec.replicas: 0 → ${replicas}, as its autoscaler does nothing at 0`;
  const change = { target: `Deployment ${name}`, action: 'update', reason } as const;
  if (observeOnly) {
    report.plan.push(change);
    return asleep;
  }
  try {
    // Not by apply: from then on the autoscaler decides, and the field must not be ours.
    const patch = { metadata: { resourceVersion }, spec: { replicas } };
    const woken = await children.client.mergePatch<T>(DEPLOYMENT, namespace, name, patch, { signal: ctx.signal });
    report.drifted.push({ concern: 'WorkloadsReady', mended: true, withinMs: 0, changes: [change] });
    return woken;
  } catch (error) {
    // It changed meanwhile, and that change brings us back.
    if (!isConflict(error)) throw error;
    return asleep;
  }
}
