import type { DashboardSpec } from '../panels.ts';

/** Latency of every call, from the callee's side and from the caller's: the difference is the way between. */
export function grpcDashboard(own: string, title: string): DashboardSpec {
  const own_ = `${own},service=~"$service"`;
  const quantile = (q: number, metric: string, labels: string) =>
    `histogram_quantile(${q}, sum by (le, ${labels}) (rate(${metric}_bucket{${own_}}[5m])))`;
  return {
    key: 'grpc',
    title,
    refresh: '15s',
    from: 'now-1h',
    variables: [
      {
        name: 'service',
        label: 'Service',
        query: `label_values(grpc_server_handling_seconds_count{${own}}, service)`,
      },
    ],
    rows: [
      {
        title: 'Answered by $service',
        panels: [
          ...([0.5, 0.99] as const).map((q) => ({
            title: `Time to answer (p${q * 100})`,
            kind: 'timeseries' as const,
            unit: 's' as const,
            width: 8,
            queries: [{ expr: quantile(q, 'grpc_server_handling_seconds', 'grpc_method'), legend: '{{grpc_method}}' }],
          })),
          {
            title: 'Calls a second by result',
            kind: 'timeseries',
            unit: 'reqps',
            width: 8,
            stacked: true,
            queries: [
              {
                expr: `sum by (grpc_code) (rate(grpc_server_handling_seconds_count{${own_}}[5m]))`,
                legend: '{{grpc_code}}',
              },
            ],
          },
        ],
      },
      {
        title: 'Called by $service',
        panels: [
          {
            title: 'Time a call took, retries included (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 12,
            queries: [
              {
                expr: quantile(0.99, 'grpc_client_handling_seconds', 'grpc_service, grpc_method'),
                legend: '{{grpc_service}}/{{grpc_method}}',
              },
            ],
          },
          {
            title: 'Calls being answered',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [{ expr: `sum by (service) (grpc_server_in_flight{${own_}})`, legend: '{{service}}' }],
          },
        ],
      },
    ],
  };
}
