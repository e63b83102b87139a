import type { DashboardSpec } from '../panels.ts';

/** The waiting room's Redis, and the rooms in it. */
export function redisDashboard(own: string, title: string): DashboardSpec {
  const server = (name: string) => `max(redis_server_${name}{${own}})`;
  const room = (name: string) => ({
    expr: `max by (event_id) (waitroom_${name}{${own}})`,
    legend: `${name} {{event_id}}`,
  });
  return {
    key: 'redis',
    title,
    refresh: '15s',
    from: 'now-1h',
    rows: [
      {
        title: 'The server',
        panels: [
          {
            title: 'Operations a second',
            kind: 'timeseries',
            unit: 'ops',
            width: 8,
            queries: [{ expr: server('operations_per_second'), legend: 'operations' }],
          },
          {
            title: 'Memory',
            kind: 'timeseries',
            unit: 'percentunit',
            width: 8,
            limit: 0.8,
            queries: [
              {
                expr: `max(redis_server_memory_used_bytes{${own}} / redis_server_memory_max_bytes{${own}})`,
                legend: 'used',
              },
            ],
          },
          {
            title: 'Connections, replicas',
            kind: 'timeseries',
            unit: 'short',
            width: 8,
            queries: [
              { expr: server('clients'), legend: 'connections' },
              { expr: server('replicas'), legend: 'replicas' },
            ],
          },
          {
            title: 'Slowest replica is behind by',
            kind: 'timeseries',
            unit: 'bytes',
            width: 12,
            queries: [{ expr: server('replica_lag_bytes'), legend: 'bytes' }],
          },
          {
            title: 'Keys dropped',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            limit: 1,
            queries: [{ expr: server('evicted_keys'), legend: 'keys' }],
          },
        ],
      },
      {
        title: 'Rooms',
        panels: [
          { title: 'People', kind: 'timeseries', unit: 'short', width: 12, queries: [room('waiting'), room('active')] },
          {
            title: 'Numbers',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [room('issued'), room('served'), room('admitted'), room('abandoned')],
          },
          {
            title: 'Open streams',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [{ expr: `sum(gateway_streams{${own}})`, legend: 'streams' }],
          },
          {
            title: 'Failovers lived through',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [room('failovers')],
          },
        ],
      },
    ],
  };
}
