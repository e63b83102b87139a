import type { DashboardSpec } from '../panels.ts';

/** Messages from the outbox to whoever handles them. Of the brokers themselves, Strimzi's own dashboards tell more. */
export function kafkaDashboard(own: string, title: string): DashboardSpec {
  return {
    key: 'kafka',
    title,
    refresh: '15s',
    from: 'now-1h',
    rows: [
      {
        title: 'Published',
        panels: [
          {
            title: 'Messages a second',
            kind: 'timeseries',
            unit: 'ops',
            width: 8,
            queries: [{ expr: `sum by (topic) (rate(outbox_published_total{${own}}[5m]))`, legend: '{{topic}}' }],
          },
          {
            title: 'From commit to broker (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 8,
            limit: 5,
            queries: [
              {
                expr: `histogram_quantile(0.99, sum by (le, topic) (rate(outbox_delay_seconds_bucket{${own}}[5m])))`,
                legend: '{{topic}}',
              },
            ],
          },
          {
            title: 'Oldest message that waits',
            kind: 'timeseries',
            unit: 's',
            width: 8,
            limit: 60,
            queries: [
              { expr: `max by (service) (outbox_oldest_age_seconds{${own}})`, legend: '{{service}}' },
              { expr: `max(order_outbox_oldest_age_seconds{${own}})`, legend: 'order' },
            ],
          },
        ],
      },
      {
        title: 'Handled',
        panels: [
          {
            title: 'Messages behind',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            limit: 1000,
            queries: [
              {
                expr: `sum by (group, topic) (max by (group, topic, partition) (kafka_consumer_lag{${own}}))`,
                legend: '{{group}} {{topic}}',
              },
            ],
          },
          {
            title: 'Messages a second',
            kind: 'timeseries',
            unit: 'ops',
            width: 12,
            queries: [
              {
                expr: `sum by (group, topic, outcome) (rate(kafka_consumer_messages_total{${own}}[5m]))`,
                legend: '{{group}} {{topic}} {{outcome}}',
              },
            ],
          },
        ],
      },
      {
        title: 'Trouble',
        panels: [
          {
            title: 'Failed attempts to publish, in 5 minutes',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [
              { expr: `sum by (service) (increase(outbox_failures_total{${own}}[5m]))`, legend: '{{service}}' },
            ],
          },
          {
            title: 'Put aside, in an hour',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            limit: 1,
            queries: [
              {
                expr: `topk(5, sum by (service, topic) (increase(outbox_parked_total{${own}}[1h])))`,
                legend: '{{service}} {{topic}}',
              },
              {
                expr: `topk(5, sum by (group, topic) (increase(kafka_consumer_messages_total{${own},outcome="parked"}[1h])))`,
                legend: '{{group}} {{topic}}',
              },
            ],
          },
        ],
      },
    ],
  };
}
