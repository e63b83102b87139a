import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { DEPLOYMENT, type KubeObject } from '#operator/kube/resource.ts';
import type { PrescaleLine } from './line.ts';
import type { Deployment } from './workloads.ts';

/** Below everything else: such a pod is there to be pushed out. Installed with the operator (config/manager). */
export const PLACEHOLDER_CLASS = 'ticketbottle-placeholder';

export const placeholderName = (sale: EventSale): string => `${sale.metadata.name}-placeholder`;

export interface PlaceholderScope {
  readonly sale: EventSale;
  /** Whose image they run: it is then on the nodes before the service's own pods are. */
  readonly gateway: Deployment | undefined;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/**
 * Pods of the lowest priority that hold room for a sudden need: real pods push them out and start at once, and an
 * autoscaler of nodes brings the room again behind them. Owned by the sale, so they go when it goes.
 */
export async function placeholderLine(scope: PlaceholderScope): Promise<PrescaleLine[]> {
  const { sale, gateway, client, signal } = scope;
  const { placeholders } = sale.spec;
  if (placeholders === undefined) return [];
  const want = `${placeholders.replicas} running`;
  const image = gateway?.spec.template?.spec?.containers?.[0]?.image;
  if (image === undefined)
    return [
      { what: 'placeholders', want, have: 'none', ready: false, message: 'waiting for the Deployment of gateway' },
    ];
  const desired = desiredPlaceholders(sale, image, gateway);
  const found = await client.apply<Deployment>(DEPLOYMENT, desired, { fieldManager: 'ticketbottle-eventsale', signal });
  const have = found.status?.readyReplicas ?? 0;
  const line = { what: 'placeholders', want, have: `${have} running`, ready: have >= placeholders.replicas };
  if (line.ready) return [line];
  const message = `no room for all of them yet, or no PriorityClass ${PLACEHOLDER_CLASS}: kubectl -n ${sale.metadata.namespace} describe deployment ${placeholderName(sale)}`;
  return [{ ...line, message }];
}

export async function releasePlaceholders(scope: Pick<PlaceholderScope, 'sale' | 'client' | 'signal'>): Promise<void> {
  const { sale, client, signal } = scope;
  const { namespace, uid } = sale.metadata;
  const found = await client.get<Deployment>(DEPLOYMENT, namespace, placeholderName(sale), { signal });
  // Another Deployment may bear the name where this sale never made one.
  if (found?.metadata.ownerReferences?.some((owner) => owner.uid === uid) !== true) return;
  await client.delete(DEPLOYMENT, namespace, placeholderName(sale), { signal });
}

function desiredPlaceholders(sale: EventSale, image: string, gateway: Deployment | undefined): KubeObject {
  const name = placeholderName(sale);
  const labels = { 'app.kubernetes.io/name': 'placeholder', 'app.kubernetes.io/instance': name };
  const { cpu = '500m', memory = '512Mi', replicas = 1 } = sale.spec.placeholders ?? {};
  const container = {
    name: 'placeholder',
    image,
    command: ['node', '-e', 'setInterval(() => {}, 1 << 30)'],
    resources: { requests: { cpu, memory } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 10_001,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
  const { imagePullSecrets, nodeSelector, tolerations } = gateway?.spec.template?.spec ?? {};
  const desired = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: sale.metadata.namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: 'ticketbottle.io/v1alpha1',
          kind: 'EventSale',
          name: sale.metadata.name,
          uid: sale.metadata.uid,
          controller: true,
        },
      ],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: PLACEHOLDER_CLASS,
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
          // Room elsewhere is no room for those who push them out.
          ...(nodeSelector === undefined ? {} : { nodeSelector }),
          ...(tolerations === undefined ? {} : { tolerations }),
          containers: [container],
        },
      },
    },
  };
  return desired as KubeObject;
}
