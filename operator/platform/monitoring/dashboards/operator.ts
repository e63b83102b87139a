import type { DashboardSpec } from '../panels.ts';

/** The operator at work, for all platforms, and what it says of this one. */
export function operatorDashboard(own: string, title: string): DashboardSpec {
  return {
    key: 'operator',
    title,
    refresh: '15s',
    from: 'now-1h',
    rows: [
      {
        title: 'This platform',
        panels: [
          {
            title: 'Conditions that are not True',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            stacked: true,
            queries: [
              {
                expr: `(max by (type, reason) (ticketbottle_platform_condition{${own},type!~"Reconciling|Stalled|Paused"}) == bool 0) > 0`,
                legend: '{{type}} {{reason}}',
              },
            ],
          },
          {
            title: 'Outside changes found, in an hour',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [
              { expr: 'topk(5, sum by (concern) (increase(drift_detected_total[1h])))', legend: '{{concern}}' },
            ],
          },
        ],
      },
      {
        title: 'Controllers',
        panels: [
          {
            title: 'Reconciles a second',
            kind: 'timeseries',
            unit: 'ops',
            width: 8,
            queries: [
              {
                expr: 'sum by (controller, result) (rate(controller_runtime_reconcile_total[5m]))',
                legend: '{{controller}} {{result}}',
              },
            ],
          },
          {
            title: 'Time of a reconcile (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 8,
            queries: [
              {
                expr: 'histogram_quantile(0.99, sum by (le, controller) (rate(controller_runtime_reconcile_time_seconds_bucket[5m])))',
                legend: '{{controller}}',
              },
            ],
          },
          {
            title: 'Keys that wait, longest at work',
            kind: 'timeseries',
            unit: 'short',
            width: 8,
            queries: [
              { expr: 'sum by (name) (workqueue_depth)', legend: '{{name}} waiting' },
              { expr: 'max by (name) (workqueue_longest_running_processor_seconds)', legend: '{{name}} longest, s' },
            ],
          },
        ],
      },
      {
        title: 'The API server',
        panels: [
          {
            title: 'Requests a second',
            kind: 'timeseries',
            unit: 'reqps',
            width: 8,
            queries: [{ expr: 'sum by (code) (rate(rest_client_requests_total[5m]))', legend: '{{code}}' }],
          },
          {
            title: 'Failed lists and watches, in 5 minutes',
            kind: 'timeseries',
            unit: 'short',
            width: 8,
            queries: [
              {
                expr: 'topk(5, sum by (resource) (increase(reflector_watch_failures_total[5m])))',
                legend: '{{resource}}',
              },
            ],
          },
          {
            title: 'Leaders (must be 1)',
            kind: 'timeseries',
            unit: 'short',
            width: 8,
            queries: [{ expr: 'sum(leader_election_master_status)', legend: 'leaders' }],
          },
        ],
      },
      {
        title: 'Sales',
        panels: [
          {
            title: 'Doors after opensAt (p99 of all sales)',
            kind: 'stat',
            unit: 's',
            width: 8,
            height: 5,
            limit: 1,
            queries: [
              {
                // Of nothing there is no quantile; compared, it is no answer either.
                expr: 'histogram_quantile(0.99, sum by (le) (eventsale_open_skew_seconds_bucket)) >= 0',
                legend: 'p99',
              },
            ],
          },
          {
            title: 'Ready before opensAt (median)',
            kind: 'stat',
            unit: 's',
            width: 8,
            height: 5,
            queries: [
              {
                expr: 'histogram_quantile(0.5, sum by (le) (eventsale_prewarm_ready_margin_seconds_bucket)) >= 0',
                legend: 'median',
              },
            ],
          },
          {
            title: 'Clock of Redis against ours',
            kind: 'stat',
            unit: 's',
            width: 8,
            height: 5,
            queries: [{ expr: 'max by (peer) (abs(clock_offset_seconds))', legend: '{{peer}}' }],
          },
        ],
      },
    ],
  };
}
