import type { DashboardSpec } from '../panels.ts';

/** What an organiser and an operator look at together while a sale runs: is it ready, is it selling, does anybody suffer. */
export function saleDashboard(own: string, title: string): DashboardSpec {
  const sale = `${own},sale="$sale"`;
  const tickets = (state: string) => `sum(max by (class) (ticketbottle_sale_tickets{${sale},state="${state}"}))`;
  const p99 = (metric: string, more = '') =>
    `histogram_quantile(0.99, sum by (le) (rate(${metric}_bucket{${own}${more}}[1m])))`;
  return {
    key: 'sale',
    title,
    refresh: '5s',
    from: 'now-30m',
    variables: [{ name: 'sale', label: 'Sale', query: `label_values(ticketbottle_sale_phase{${own}}, sale)` }],
    rows: [
      {
        title: 'Now',
        panels: [
          {
            title: 'Phase',
            kind: 'stat',
            unit: 'none',
            width: 4,
            height: 5,
            queries: [{ expr: `max by (phase) (ticketbottle_sale_phase{${sale}})`, legend: '{{phase}}' }],
            showsName: true,
            mappings: { '1': { text: 'now', color: 'blue' } },
          },
          {
            title: 'Doors open',
            kind: 'stat',
            unit: 'dateTimeFromNow',
            width: 4,
            height: 5,
            queries: [{ expr: `1000 * max(ticketbottle_sale_opens_timestamp_seconds{${sale}})`, legend: 'opens' }],
          },
          {
            title: 'Sold',
            kind: 'stat',
            unit: 'percentunit',
            width: 4,
            height: 5,
            queries: [{ expr: `${tickets('sold')} / ${tickets('total')}`, legend: 'sold' }],
          },
          {
            title: 'Tickets left',
            kind: 'stat',
            unit: 'short',
            width: 4,
            height: 5,
            queries: [{ expr: `${tickets('total')} - ${tickets('sold')} - ${tickets('reserved')}`, legend: 'left' }],
          },
          {
            title: 'Broken promises',
            description: 'Oversold, paid without ticket, ticket without payment. Must be 0.',
            kind: 'stat',
            unit: 'short',
            width: 4,
            height: 5,
            limit: 1,
            queries: [{ expr: `sum(max by (violation) (ticketbottle_sale_ledger{${sale}}))`, legend: 'tickets' }],
          },
          {
            title: 'Not ready yet',
            description: 'Lines of the preparation that are not ready',
            kind: 'stat',
            unit: 'short',
            width: 4,
            height: 5,
            limit: 1,
            queries: [{ expr: `max(ticketbottle_sale_unready_lines{${sale}})`, legend: 'lines' }],
          },
        ],
      },
      {
        title: 'The queue',
        panels: [
          {
            title: 'People',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            queries: [{ expr: `max by (state) (ticketbottle_sale_room{${sale}})`, legend: '{{state}}' }],
          },
          {
            title: 'Joins and admissions a second',
            kind: 'timeseries',
            unit: 'ops',
            width: 6,
            queries: [
              {
                expr: `sum(rate(grpc_server_handling_seconds_count{${own},service="waitroom",grpc_method="Join"}[1m]))`,
                legend: 'joins',
              },
              { expr: `sum(max by (event_id) (waitroom_admission_rate{${own}}))`, legend: 'admissions' },
            ],
          },
          {
            title: 'Places reach buyers after (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 6,
            limit: 0.1,
            queries: [{ expr: p99('gateway_tick_delay_seconds'), legend: 'p99' }],
          },
        ],
      },
      {
        title: 'The shop',
        panels: [
          {
            title: 'Tickets',
            kind: 'timeseries',
            unit: 'short',
            width: 12,
            stacked: true,
            queries: ['sold', 'reserved'].map((state) => ({
              expr: `max by (class) (ticketbottle_sale_tickets{${sale},state="${state}"})`,
              legend: `{{class}} ${state}`,
            })),
          },
          {
            title: 'Money to ticket (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 6,
            limit: 30,
            queries: [{ expr: p99('order_saga_seconds'), legend: 'p99' }],
          },
          {
            title: 'Waiting for stock (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 6,
            limit: 0.05,
            queries: [{ expr: p99('inventory_lock_acquisition_seconds'), legend: 'p99' }],
          },
        ],
      },
      {
        title: 'The front door',
        panels: [
          {
            title: 'Requests a second',
            kind: 'timeseries',
            unit: 'reqps',
            width: 8,
            queries: [
              { expr: `sum(rate(http_request_duration_seconds_count{${own},status!~"5.."}[1m]))`, legend: 'answered' },
              { expr: `sum(rate(http_request_duration_seconds_count{${own},status=~"5.."}[1m]))`, legend: 'failed' },
            ],
          },
          {
            title: 'Answer time (p99)',
            kind: 'timeseries',
            unit: 's',
            width: 8,
            limit: 0.5,
            queries: [{ expr: p99('http_request_duration_seconds', ',route!~".*/stream"'), legend: 'p99' }],
          },
          {
            title: 'Replicas that are there, of those wanted',
            kind: 'timeseries',
            unit: 'percentunit',
            width: 8,
            queries: [
              {
                expr: `max by (target) (ticketbottle_sale_replicas{${sale},state="have"}) / max by (target) (ticketbottle_sale_replicas{${sale},state="want"} > 0)`,
                legend: '{{target}}',
              },
            ],
          },
        ],
      },
    ],
  };
}
