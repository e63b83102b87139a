import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta, INSTANCE_LABEL } from '../names.ts';

/** Every pod of the platform, at its ops port. Metrics name their service themselves; the platform comes from the pod's label. */
export function podMonitor(platform: TicketBottlePlatform) {
  const { name } = platform.metadata;
  const { labels = {} } = platform.spec.observability.monitoring;
  const meta = childMeta(platform, name, 'monitoring');
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { ...meta, labels: { ...labels, ...meta.labels } },
    spec: {
      // Pods of migrations have no such port and are passed over.
      selector: { matchLabels: { [INSTANCE_LABEL]: name } },
      podMetricsEndpoints: [
        {
          port: 'ops',
          path: '/metrics',
          interval: '15s',
          // `service` also on `up`, whose labels the pods do not write.
          relabelings: [
            { sourceLabels: [`__meta_kubernetes_pod_label_${promLabel(INSTANCE_LABEL)}`], targetLabel: 'platform' },
            {
              sourceLabels: [`__meta_kubernetes_pod_label_${promLabel('app.kubernetes.io/name')}`],
              targetLabel: 'service',
            },
          ],
          honorLabels: true,
        },
      ],
    },
  };
}

const promLabel = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
