import type { DashboardSpec } from '../panels.ts';

/** Every program as a process: traffic, failures, and what it uses of its machine. */
export function servicesDashboard(own: string, title: string): DashboardSpec {
  const by = (inner: string) => `sum by (service) (${inner})`;
  return {
    key: 'services',
    title,
    refresh: '15s',
    from: 'now-1h',
    rows: [
      {
        title: 'Traffic',
        panels: [
          {
            title: 'Pods that answer',
            kind: 'timeseries',
            unit: 'short',
            width: 8,
            queries: [{ expr: by(`up{${own}}`), legend: '{{service}}' }],
          },
          {
            title: 'Calls a second',
            kind: 'timeseries',
            unit: 'reqps',
            width: 8,
            queries: [
              { expr: by(`rate(grpc_server_handling_seconds_count{${own}}[5m])`), legend: '{{service}}' },
              { expr: `sum(rate(http_request_duration_seconds_count{${own}}[5m]))`, legend: 'gateway' },
            ],
          },
          {
            title: 'Failed requests at the gateway',
            kind: 'timeseries',
            unit: 'percentunit',
            width: 8,
            limit: 0.01,
            queries: [
              {
                // Where nothing ever failed there is no such series, and 0 is the answer.
                expr: `(sum(rate(http_request_duration_seconds_count{${own},status=~"5.."}[5m])) or vector(0)) / sum(rate(http_request_duration_seconds_count{${own}}[5m]))`,
                legend: '5xx',
              },
            ],
          },
        ],
      },
      {
        title: 'Slowest routes and calls',
        panels: [
          {
            title: 'Routes (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 12,
            limit: 0.5,
            queries: [
              {
                expr: `topk(8, histogram_quantile(0.99, sum by (le, method, route) (rate(http_request_duration_seconds_bucket{${own},route!~".*/stream"}[5m]))))`,
                legend: '{{method}} {{route}}',
              },
            ],
          },
          {
            title: 'Connections to Postgres, of the pool',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [
              { expr: `sum by (service, state) (pg_pool_connections{${own}})`, legend: '{{service}} {{state}}' },
            ],
          },
        ],
      },
      {
        title: 'Processes',
        panels: [
          {
            title: 'CPU cores',
            kind: 'timeseries',
            unit: 'short',
            width: 6,
            queries: [{ expr: by(`rate(process_cpu_seconds_total{${own}}[5m])`), legend: '{{service}}' }],
          },
          {
            title: 'Memory of the largest pod',
            kind: 'timeseries',
            unit: 'bytes',
            width: 6,
            queries: [{ expr: `max by (service) (process_resident_memory_bytes{${own}})`, legend: '{{service}}' }],
          },
          {
            title: 'Event loop lag (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 6,
            limit: 0.2,
            queries: [{ expr: `max by (service) (nodejs_eventloop_lag_p99_seconds{${own}})`, legend: '{{service}}' }],
          },
          {
            title: 'Restarts in 15 minutes',
            kind: 'timeseries',
            unit: 'short',
            width: 6,
            queries: [{ expr: by(`changes(process_start_time_seconds{${own}}[15m])`), legend: '{{service}}' }],
          },
        ],
      },
      {
        title: 'Postgres',
        panels: [
          {
            title: 'Connections of the server',
            kind: 'timeseries',
            unit: 'percentunit',
            width: 12,
            limit: 0.8,
            queries: [
              { expr: `max(pg_server_connections{${own}}) / max(pg_server_connections_max{${own}})`, legend: 'taken' },
            ],
          },
          {
            title: 'Oldest hold past its end, oldest refund not given',
            kind: 'timeseries',
            unit: 's',
            width: 12,
            queries: [
              { expr: `max(inventory_oldest_overdue_hold_seconds{${own}})`, legend: 'hold' },
              { expr: `max(payment_refunds_oldest_seconds{${own}})`, legend: 'refund' },
            ],
          },
        ],
      },
    ],
  };
}
