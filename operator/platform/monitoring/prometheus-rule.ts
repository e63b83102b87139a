import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta } from '../names.ts';
import { alertGroups } from './alerts.ts';

/** The alerts as the Prometheus Operator takes them; `spec` is also what promtool and Prometheus read as a rules file. */
export function prometheusRule(platform: TicketBottlePlatform) {
  const { namespace, name } = platform.metadata;
  const { labels = {}, runbookBaseUrl } = platform.spec.observability.monitoring;
  const meta = childMeta(platform, name, 'monitoring');
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { ...meta, labels: { ...labels, ...meta.labels } },
    spec: {
      groups: alertGroups({ namespace, name }).map((group) => ({
        name: `ticketbottle-${namespace}-${name}-${group.name}`,
        rules: group.alerts.map(({ alert, expr, for: lasting, severity, summary }) => ({
          alert: `TicketBottle${alert}`,
          expr,
          for: lasting,
          labels: { severity, namespace, platform: name },
          annotations: { summary, runbook_url: `${runbookBaseUrl.replace(/\/+$/, '')}/${alert}.md` },
        })),
      })),
    },
  };
}
