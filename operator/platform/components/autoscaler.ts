import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { scaleInPolicy } from '../../api/platform-marks.ts';
import { fieldOwners } from '../../kube/field-owners.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { childMeta, serviceObject } from '../names.ts';

/** Field manager under which an EventSale raises floors. What it owns here, we leave alone. */
const SALE_MANAGER = 'ticketbottle-eventsale';

/**
 * The HPA of a service: CPU at 60 %, up at once, down slowly. What a sale owns is left out; once it lets go, our values
 * return with the next apply.
 */
export function autoscaler(platform: TicketBottlePlatform, service: ServiceName, observed: KubeObject | undefined) {
  const name = serviceObject(platform, service);
  const { min, max } = platform.spec.services[service].replicas;
  const heldBySale = (...field: string[]) =>
    observed !== undefined && fieldOwners(observed, ['spec', ...field]).includes(SALE_MANAGER);
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: childMeta(platform, name, service),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      ...(heldBySale('minReplicas') ? {} : { minReplicas: min }),
      ...(heldBySale('maxReplicas') ? {} : { maxReplicas: max }),
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Percent', value: 100, periodSeconds: 15 },
            { type: 'Pods', value: 4, periodSeconds: 15 },
          ],
        },
        scaleDown: {
          stabilizationWindowSeconds: 300,
          ...(heldBySale('behavior', 'scaleDown', 'selectPolicy') ? {} : { selectPolicy: scaleInPolicy(platform) }),
          policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
        },
      },
    },
  };
}

export type AutoscalerObject = KubeObject & {
  readonly spec?: { readonly minReplicas?: number };
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; reason?: string; lastTransitionTime?: string }[];
  };
};

/** Pods that have just begun have no figures yet. */
const BLIND_AFTER_MS = 5 * 60_000;

/** Why an autoscaler has seen no load for a while, so that only its limits move it; undefined when it sees. Pure. */
export function blindness(observed: AutoscalerObject | undefined, nowMs: number): string | undefined {
  const active = observed?.status?.conditions?.find(({ type }) => type === 'ScalingActive');
  if (active?.status !== 'False' || active.reason === 'ScalingDisabled') return undefined;
  const sinceMs = nowMs - Date.parse(active.lastTransitionTime ?? '');
  return sinceMs >= BLIND_AFTER_MS ? (active.reason ?? 'no reason given') : undefined;
}
