import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import type { KubeObject } from '#operator/kube/resource.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import type { PrescaleLine } from './line.ts';

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    template?: {
      spec?: {
        imagePullSecrets?: { name: string }[];
        nodeSelector?: Record<string, string>;
        tolerations?: Toleration[];
        containers?: { image?: string; resources?: { requests?: Record<string, string> } }[];
      };
    };
  };
  status?: {
    observedGeneration?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    conditions?: { type: string; status: string; message?: string }[];
  };
}

/** undefined: not known. */
export function readyOf(deployment: Deployment | undefined): number | undefined {
  return deployment?.status === undefined ? undefined : (deployment.status.readyReplicas ?? 0);
}

/** Ready replicas of the current version, per service. */
export function workloadLines(
  platform: TicketBottlePlatform,
  floors: Readonly<Partial<Record<ServiceName, number>>>,
  deploymentOf: (service: ServiceName) => Deployment | undefined,
): PrescaleLine[] {
  // Of what is not managed here nobody says how many there should be; the rehearsal shows whether it works.
  const managed = SERVICES.filter((service) => platform.spec.services[service].managed);
  return managed.map((service) => {
    const want = Math.max(floors[service] ?? 1, 1);
    const deployment = deploymentOf(service);
    const status = deployment?.status;
    const current =
      deployment !== undefined && (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
    const have = current ? Math.min(status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0) : 0;
    const line = { what: `replicas/${service}`, want: `${want} ready`, have: `${have} ready`, ready: have >= want };
    return line.ready ? line : { ...line, message: hint(platform, service, deployment) };
  });
}

function hint(platform: TicketBottlePlatform, service: ServiceName, deployment: Deployment | undefined): string {
  const { name, namespace } = platform.metadata;
  if (deployment === undefined) return `Deployment ${name}-${service} is not there yet: see the platform's conditions`;
  const stuck = deployment.status?.conditions?.find((one) => one.type === 'Progressing' && one.status === 'False');
  if (deployment.spec.replicas === 0)
    return `it was scaled to 0, where an autoscaler does nothing: kubectl -n ${namespace} scale deployment ${name}-${service} --replicas=1`;
  const see = `kubectl -n ${namespace} describe pods -l app.kubernetes.io/instance=${name},app.kubernetes.io/name=${service}`;
  return stuck?.message === undefined ? `if it stays so: ${see}` : `${stuck.message}; ${see}`;
}
