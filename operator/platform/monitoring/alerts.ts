import { ownSeries, type Series } from './series.ts';

export interface Alert {
  /** Also the name of its runbook, docs/runbooks/<name>.md. */
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold before anybody is told. */
  readonly for: string;
  /** critical: buyers or money suffer now. warning: they will. */
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
}

export interface AlertGroup {
  readonly name: string;
  readonly alerts: readonly Alert[];
}

const p99 = (metric: string, selector: string) =>
  `histogram_quantile(0.99, sum by (le) (rate(${metric}_bucket{${selector}}[5m])))`;

/** What wakes people, per platform. Thresholds are those of the architecture; docs/runbooks/ says what to do. */
export function alertGroups(platform: Series): AlertGroup[] {
  const own = ownSeries(platform);
  return [
    { name: 'buyers', alerts: buyers(own) },
    { name: 'money', alerts: money(own) },
    { name: 'stores', alerts: stores(own) },
    { name: 'programs', alerts: programs(own) },
    { name: 'sales', alerts: sales(own) },
    { name: 'platform', alerts: platformItself(own) },
  ];
}

const buyers = (own: string): Alert[] => [
  {
    alert: 'GatewayErrors',
    expr: `sum(rate(http_request_duration_seconds_count{${own},status=~"5.."}[5m])) / sum(rate(http_request_duration_seconds_count{${own}}[5m])) > 0.01`,
    for: '2m',
    severity: 'critical',
    summary: '{{ $value | humanizePercentage }} of the requests to the gateway fail, more than 1 %',
  },
  {
    alert: 'GatewaySlow',
    expr: `${p99('http_request_duration_seconds', `${own},route!~".*/stream"`)} > 0.5`,
    for: '5m',
    severity: 'warning',
    summary: 'The slowest hundredth of requests takes {{ $value | humanizeDuration }}, more than 500 ms',
  },
  {
    alert: 'PositionUpdatesSlow',
    expr: `${p99('gateway_tick_delay_seconds', own)} > 0.1`,
    for: '5m',
    severity: 'warning',
    summary: 'Places in the queue reach buyers after {{ $value | humanizeDuration }}, more than 100 ms',
  },
  {
    alert: 'InventoryLocksSlow',
    expr: `${p99('inventory_lock_acquisition_seconds', own)} > 0.05`,
    for: '5m',
    severity: 'warning',
    summary: 'A reservation waits {{ $value | humanizeDuration }} for its ticket class, more than 50 ms',
  },
];

const money = (own: string): Alert[] => [
  {
    alert: 'OrderSagaSlow',
    expr: `${p99('order_saga_seconds', own)} > 30`,
    for: '5m',
    severity: 'critical',
    summary: 'From the money to the tickets it takes {{ $value | humanizeDuration }}, more than 30 s',
  },
  {
    alert: 'PaymentEventsSlow',
    expr: `${p99('outbox_delay_seconds', `${own},service="payment"`)} > 5`,
    for: '5m',
    severity: 'critical',
    summary: 'A payment that was recorded becomes known after {{ $value | humanizeDuration }}, more than 5 s',
  },
  {
    alert: 'OutboxStuck',
    expr: `max by (service) (outbox_oldest_age_seconds{${own}}) > 60 or max by (service) (order_outbox_oldest_age_seconds{${own}}) > 60`,
    for: '2m',
    severity: 'critical',
    summary: 'Messages of {{ $labels.service }} have waited for {{ $value | humanizeDuration }}',
  },
  {
    alert: 'MessagesParked',
    expr: `sum by (service, topic) (increase(outbox_parked_total{${own}}[15m])) > 0 or sum by (service, topic) (increase(kafka_consumer_messages_total{${own},outcome="parked"}[15m])) > 0`,
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.service }} put aside messages of {{ $labels.topic }} that it cannot handle',
  },
  {
    alert: 'RefundsWaiting',
    expr: `max(payment_refunds_oldest_seconds{${own}}) > 900`,
    for: '5m',
    severity: 'warning',
    summary: 'A refund has waited for {{ $value | humanizeDuration }}',
  },
  {
    alert: 'RefundsAtProvider',
    // Banks take days.
    expr: `max(payment_refunds_at_provider_seconds{${own}}) > 3 * 86400`,
    for: '5m',
    severity: 'warning',
    summary: 'A refund that its provider took {{ $value | humanizeDuration }} ago is still not given',
  },
  {
    alert: 'MoneyUnexplained',
    expr: `max by (verdict) (payment_money_unexplained{${own}}) > 0`,
    for: '5m',
    severity: 'warning',
    summary: '{{ $value }} payments that a provider told of belong to nothing ({{ $labels.verdict }})',
  },
  {
    alert: 'HoldsOverdue',
    expr: `max(inventory_oldest_overdue_hold_seconds{${own}}) > 60`,
    for: '2m',
    severity: 'warning',
    summary: 'Tickets of an order that ended {{ $value | humanizeDuration }} ago are still held',
  },
];

const stores = (own: string): Alert[] => [
  {
    alert: 'BackupOverdue',
    expr: `max by (store) (ticketbottle_backup_overdue{${own}}) == 1`,
    for: '30m',
    severity: 'warning',
    summary: 'Backups of {{ $labels.store }} are not as spec.backup declares',
  },
  {
    alert: 'PostgresConnectionsHigh',
    expr: `max(pg_server_connections{${own}}) / max(pg_server_connections_max{${own}}) > 0.8`,
    for: '2m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the connections of Postgres are taken, more than 80 %',
  },
  {
    alert: 'PostgresPoolExhausted',
    expr: `max by (service) (pg_pool_connections{${own},state="waiting"}) > 20`,
    for: '1m',
    severity: 'warning',
    summary: '{{ $value }} callers in a pod of {{ $labels.service }} wait for a connection to Postgres',
  },
  {
    alert: 'RedisMemoryHigh',
    expr: `max(redis_server_memory_used_bytes{${own}} / redis_server_memory_max_bytes{${own}}) > 0.8`,
    for: '5m',
    severity: 'warning',
    summary: 'Redis uses {{ $value | humanizePercentage }} of its memory',
  },
  {
    alert: 'RedisEvicts',
    expr: `max(increase(redis_server_evicted_keys{${own}}[5m])) > 0`,
    for: '0m',
    severity: 'critical',
    summary: 'Redis dropped keys: places in queues may be lost',
  },
  {
    alert: 'KafkaConsumerBehind',
    expr: `sum by (group, topic) (max by (group, topic, partition) (kafka_consumer_lag{${own}})) > 1000`,
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.group }} is {{ $value }} messages behind on {{ $labels.topic }}',
  },
  {
    alert: 'KafkaUnavailable',
    expr: `sum by (service) (increase(outbox_failures_total{${own}}[5m])) > 3`,
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.service }} cannot publish: the brokers do not take its messages',
  },
];

const programs = (own: string): Alert[] => [
  {
    alert: 'ServiceDown',
    expr: `sum by (service) (up{${own}}) == 0`,
    for: '1m',
    severity: 'critical',
    summary: 'No pod of {{ $labels.service }} answers',
  },
  {
    alert: 'PodsRestarting',
    expr: `sum by (service, pod) (changes(process_start_time_seconds{${own}}[15m])) > 2`,
    for: '0m',
    severity: 'warning',
    summary: 'Pod {{ $labels.pod }} was restarted {{ $value }} times in a quarter of an hour',
  },
  {
    alert: 'EventLoopBusy',
    expr: `max by (service) (nodejs_eventloop_lag_p99_seconds{${own}}) > 0.2`,
    for: '5m',
    severity: 'warning',
    summary:
      'A pod of {{ $labels.service }} answers {{ $value | humanizeDuration }} late: it has more work than one core',
  },
  {
    alert: 'CallsFail',
    expr: `sum by (service, grpc_service, grpc_method) (rate(grpc_client_handling_seconds_count{${own},grpc_code=~"UNAVAILABLE|DEADLINE_EXCEEDED|INTERNAL|UNKNOWN"}[5m])) / sum by (service, grpc_service, grpc_method) (rate(grpc_client_handling_seconds_count{${own}}[5m])) > 0.05`,
    for: '5m',
    severity: 'warning',
    summary:
      '{{ $value | humanizePercentage }} of the calls of {{ $labels.service }} to {{ $labels.grpc_method }} fail',
  },
];

const sales = (own: string): Alert[] => [
  {
    alert: 'SaleNotReady',
    expr: `(max by (sale) (ticketbottle_sale_opens_timestamp_seconds{${own}}) - time() < 600) and on (sale) (max by (sale) (ticketbottle_sale_phase{${own},phase=~"Pending|PendingApproval|Prescaling"}) == 1)`,
    for: '1m',
    severity: 'critical',
    summary: 'Sale {{ $labels.sale }} opens in less than ten minutes and is not ready',
  },
  {
    alert: 'SaleWithheld',
    expr: `max by (sale, phase) (ticketbottle_sale_phase{${own},phase=~"Held|Missed|Aborted"}) == 1`,
    for: '0m',
    severity: 'critical',
    summary: 'Sale {{ $labels.sale }} is {{ $labels.phase }}: its doors did not open',
  },
  {
    alert: 'LedgerImbalanced',
    expr: `max by (sale, violation) (ticketbottle_sale_ledger{${own}}) > 0`,
    for: '2m',
    severity: 'critical',
    summary: 'Sale {{ $labels.sale }}: {{ $value }} tickets are {{ $labels.violation }}',
  },
  {
    alert: 'SaleCapacityShort',
    expr: `max by (sale, target) (ticketbottle_sale_replicas{${own},state="have"}) < on (sale, target) max by (sale, target) (ticketbottle_sale_replicas{${own},state="want"}) and on (sale) (max by (sale) (ticketbottle_sale_phase{${own},phase=~"Ready|Armed|Open"}) == 1)`,
    for: '3m',
    severity: 'warning',
    summary: 'Sale {{ $labels.sale }} has {{ $value }} replicas of {{ $labels.target }}, fewer than it planned',
  },
];

const platformItself = (own: string): Alert[] => [
  {
    alert: 'RegionLagging',
    expr: `max by (store) (ticketbottle_region_behind_seconds{${own}}) > 60`,
    for: '1m',
    severity: 'warning',
    summary:
      '{{ $labels.store }} of the standby lacks {{ $value | humanizeDuration }} of what the active region wrote, more than 1 min',
  },
  {
    alert: 'RegionNotInRole',
    expr: `max(ticketbottle_platform_condition{${own},type="RegionReady"}) == 0`,
    for: '5m',
    severity: 'critical',
    summary: 'The region has not come to its role for five minutes, in which a failover should be over',
  },
  {
    alert: 'PlatformStalled',
    expr: `max by (reason) (ticketbottle_platform_condition{${own},type="Stalled"}) == 1`,
    for: '5m',
    severity: 'warning',
    summary: 'The platform is Stalled ({{ $labels.reason }}): it waits for somebody',
  },
  {
    alert: 'PlatformNotReady',
    expr: `max(ticketbottle_platform_condition{${own},type="Ready"}) == 0`,
    for: '15m',
    severity: 'warning',
    summary: 'The platform has not been Ready for a quarter of an hour',
  },
];
