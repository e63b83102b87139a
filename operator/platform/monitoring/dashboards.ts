import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { shortHash } from '../../external/canonical-json.ts';
import { childMeta } from '../names.ts';
import { grpcDashboard } from './dashboards/grpc.ts';
import { kafkaDashboard } from './dashboards/kafka.ts';
import { operatorDashboard } from './dashboards/operator.ts';
import { redisDashboard } from './dashboards/redis.ts';
import { saleDashboard } from './dashboards/sale.ts';
import { servicesDashboard } from './dashboards/services.ts';
import { dashboardJson } from './panels.ts';
import { ownSeries, type Series } from './series.ts';

const DASHBOARDS = [
  { key: 'sale', title: 'Sale cockpit', make: saleDashboard },
  { key: 'services', title: 'Services', make: servicesDashboard },
  { key: 'grpc', title: 'gRPC latency', make: grpcDashboard },
  { key: 'kafka', title: 'Kafka', make: kafkaDashboard },
  { key: 'redis', title: 'Redis and waiting rooms', make: redisDashboard },
  { key: 'operator', title: 'Operator', make: operatorDashboard },
] as const;

/** The dashboards of a platform. Its uid keeps links alive over upgrades and apart from other platforms'. */
export function dashboardsOf(series: Series) {
  return DASHBOARDS.map(({ key, title, make }) => ({
    key,
    json: dashboardJson(
      make(ownSeries(series), `${series.namespace}/${series.name} · ${title}`),
      `tb-${key}-${shortHash([series.namespace, series.name]).slice(0, 12)}`,
    ),
  }));
}

/** One ConfigMap a dashboard, as Grafana's sidecar collects them. */
export function dashboardConfigMaps(platform: TicketBottlePlatform) {
  const { namespace, name } = platform.metadata;
  const { dashboardLabels } = platform.spec.observability.monitoring;
  return dashboardsOf({ namespace, name }).map(({ key, json }) => {
    const meta = childMeta(platform, `${name}-dashboard-${key}`, DASHBOARD_LABEL);
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...meta, labels: { ...dashboardLabels, ...meta.labels } },
      data: { [`ticketbottle-${namespace}-${name}-${key}.json`]: JSON.stringify(json, null, 1) },
    };
  });
}

/** `app.kubernetes.io/name` of every dashboard. */
export const DASHBOARD_LABEL = 'dashboard';
