/** For every alert: series that must make it fire, and series close to them that must not. In promtool's notation. */

export interface AlertCase {
  /** When it is judged; the series run from 0. */
  readonly at: string;
  readonly fires: readonly [series: string, values: string][];
  readonly silent: readonly [series: string, values: string][];
  /** Labels of the alert that fired, beside those that all have. */
  readonly labels?: Readonly<Record<string, string>>;
}

const OWN = 'namespace="shop",platform="tb"';

/** A histogram of which every observation lies between the two bounds. */
function bucketed(metric: string, labels: string, below: string, above: string): [string, string][] {
  return [
    [`${metric}_bucket{${labels},le="${below}"}`, '0+0x60'],
    [`${metric}_bucket{${labels},le="${above}"}`, '0+60x60'],
    [`${metric}_bucket{${labels},le="+Inf"}`, '0+60x60'],
  ];
}

/** The slowest hundredth is the limit: half above, half below it, or all below. */
function slow(metric: string, [low, limit, high]: readonly [string, string, string], more = ''): AlertCase {
  const labels = `${OWN}${more}`;
  return { at: '20m', fires: bucketed(metric, labels, limit, high), silent: bucketed(metric, labels, low, limit) };
}

const gauge = (name: string, labels: string, bad: string, good: string): Omit<AlertCase, 'at'> => ({
  fires: [[`${name}{${OWN}${labels}}`, `${bad}+0x60`]],
  silent: [[`${name}{${OWN}${labels}}`, `${good}+0x60`]],
});

const requests = (status: string, perMinute: number): [string, string] => [
  `http_request_duration_seconds_count{${OWN},service="gateway",route="/api/v1/events",method="GET",status="${status}"}`,
  `0+${perMinute}x60`,
];

const sale = (phase: string): [string, string] => [
  `ticketbottle_sale_phase{${OWN},sale="den-vau",phase="${phase}"}`,
  '1+0x60',
];
/** Twenty-five minutes after the start of the series, which begin at the epoch. */
const opens: [string, string] = [`ticketbottle_sale_opens_timestamp_seconds{${OWN},sale="den-vau"}`, '1500+0x60'];
const replicas = (have: number): [string, string][] => [
  [`ticketbottle_sale_replicas{${OWN},sale="den-vau",target="gateway",state="want"}`, '40+0x60'],
  [`ticketbottle_sale_replicas{${OWN},sale="den-vau",target="gateway",state="have"}`, `${have}+0x60`],
];

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  GatewayErrors: {
    at: '20m',
    fires: [requests('200', 980), requests('503', 20)],
    silent: [requests('200', 995), requests('503', 5), requests('404', 300)],
  },
  GatewaySlow: slow('http_request_duration_seconds', ['0.25', '0.5', '1'], ',route="/api/v1/orders",method="POST"'),
  PositionUpdatesSlow: slow('gateway_tick_delay_seconds', ['0.05', '0.1', '0.25']),
  InventoryLocksSlow: slow('inventory_lock_acquisition_seconds', ['0.04', '0.05', '0.075']),
  OrderSagaSlow: slow('order_saga_seconds', ['10', '30', '60']),
  PaymentEventsSlow: slow('outbox_delay_seconds', ['2.5', '5', '10'], ',service="payment",topic="payment.completed"'),
  OutboxStuck: {
    at: '20m',
    ...gauge('outbox_oldest_age_seconds', ',service="inventory"', '61', '59'),
    labels: { service: 'inventory' },
  },
  MessagesParked: {
    at: '20m',
    fires: [
      [`kafka_consumer_messages_total{${OWN},service="order",topic="payment.completed",outcome="parked"}`, '0x15 1x45'],
    ],
    silent: [
      [`kafka_consumer_messages_total{${OWN},service="order",topic="payment.completed",outcome="done"}`, '0+10x60'],
    ],
    labels: { service: 'order', topic: 'payment.completed' },
  },
  RefundsWaiting: { at: '20m', ...gauge('payment_refunds_oldest_seconds', '', '901', '899') },
  RefundsAtProvider: { at: '20m', ...gauge('payment_refunds_at_provider_seconds', '', '259201', '259199') },
  MoneyUnexplained: {
    at: '20m',
    ...gauge('payment_money_unexplained', ',service="payment",verdict="UNKNOWN"', '1', '0'),
    labels: { verdict: 'UNKNOWN' },
  },
  HoldsOverdue: { at: '20m', ...gauge('inventory_oldest_overdue_hold_seconds', '', '61', '59') },
  PostgresConnectionsHigh: {
    at: '20m',
    fires: [
      [`pg_server_connections{${OWN},service="user"}`, '81+0x60'],
      [`pg_server_connections_max{${OWN},service="user"}`, '100+0x60'],
    ],
    silent: [
      [`pg_server_connections{${OWN},service="user"}`, '79+0x60'],
      [`pg_server_connections_max{${OWN},service="user"}`, '100+0x60'],
    ],
  },
  PostgresPoolExhausted: {
    at: '20m',
    ...gauge('pg_pool_connections', ',service="payment",state="waiting"', '21', '19'),
    labels: { service: 'payment' },
  },
  RedisMemoryHigh: {
    at: '20m',
    fires: [
      [`redis_server_memory_used_bytes{${OWN},pod="a"}`, '810+0x60'],
      [`redis_server_memory_max_bytes{${OWN},pod="a"}`, '1000+0x60'],
    ],
    silent: [
      [`redis_server_memory_used_bytes{${OWN},pod="a"}`, '790+0x60'],
      [`redis_server_memory_max_bytes{${OWN},pod="a"}`, '1000+0x60'],
    ],
  },
  BackupOverdue: {
    at: '40m',
    ...gauge('ticketbottle_backup_overdue', ',store="postgres"', '1', '0'),
    labels: { store: 'postgres' },
  },
  RedisEvicts: {
    at: '20m',
    fires: [[`redis_server_evicted_keys{${OWN}}`, '0x18 4x42']],
    silent: [[`redis_server_evicted_keys{${OWN}}`, '4+0x60']],
  },
  KafkaConsumerBehind: {
    at: '20m',
    fires: [0, 1].map((partition) => [
      `kafka_consumer_lag{${OWN},group="order",topic="payment.completed",partition="${partition}"}`,
      '600+0x60',
    ]),
    silent: [[`kafka_consumer_lag{${OWN},group="order",topic="payment.completed",partition="0"}`, '600+0x60']],
    labels: { group: 'order', topic: 'payment.completed' },
  },
  KafkaUnavailable: {
    at: '20m',
    fires: [[`outbox_failures_total{${OWN},service="payment"}`, '0+2x60']],
    silent: [[`outbox_failures_total{${OWN},service="payment"}`, '0x18 1x42']],
    labels: { service: 'payment' },
  },
  ServiceDown: {
    at: '20m',
    fires: [
      [`up{${OWN},service="order",pod="a"}`, '0+0x60'],
      [`up{${OWN},service="order",pod="b"}`, '0+0x60'],
    ],
    silent: [
      [`up{${OWN},service="order",pod="a"}`, '0+0x60'],
      [`up{${OWN},service="order",pod="b"}`, '1+0x60'],
    ],
    labels: { service: 'order' },
  },
  PodsRestarting: {
    at: '20m',
    fires: [[`process_start_time_seconds{${OWN},service="user",pod="a"}`, '0x8 480x3 660x3 840x40']],
    silent: [[`process_start_time_seconds{${OWN},service="user",pod="a"}`, '0x8 480x50']],
    labels: { service: 'user', pod: 'a' },
  },
  EventLoopBusy: {
    at: '20m',
    ...gauge('nodejs_eventloop_lag_p99_seconds', ',service="gateway"', '0.25', '0.15'),
    labels: { service: 'gateway' },
  },
  CallsFail: {
    at: '20m',
    fires: [
      [
        `grpc_client_handling_seconds_count{${OWN},service="order",grpc_service="i",grpc_method="Reserve",grpc_code="OK"}`,
        '0+90x60',
      ],
      [
        `grpc_client_handling_seconds_count{${OWN},service="order",grpc_service="i",grpc_method="Reserve",grpc_code="UNAVAILABLE"}`,
        '0+10x60',
      ],
    ],
    // A refusal is an answer.
    silent: [
      [
        `grpc_client_handling_seconds_count{${OWN},service="order",grpc_service="i",grpc_method="Reserve",grpc_code="OK"}`,
        '0+90x60',
      ],
      [
        `grpc_client_handling_seconds_count{${OWN},service="order",grpc_service="i",grpc_method="Reserve",grpc_code="RESOURCE_EXHAUSTED"}`,
        '0+90x60',
      ],
    ],
    labels: { service: 'order', grpc_service: 'i', grpc_method: 'Reserve' },
  },
  SaleNotReady: {
    at: '20m',
    fires: [opens, sale('Prescaling')],
    silent: [opens, sale('Armed')],
    labels: { sale: 'den-vau' },
  },
  SaleWithheld: {
    at: '20m',
    fires: [sale('Held')],
    silent: [sale('Open')],
    labels: { sale: 'den-vau', phase: 'Held' },
  },
  LedgerImbalanced: {
    at: '20m',
    ...gauge('ticketbottle_sale_ledger', ',sale="den-vau",violation="oversold"', '1', '0'),
    labels: { sale: 'den-vau', violation: 'oversold' },
  },
  SaleCapacityShort: {
    at: '20m',
    fires: [...replicas(39), sale('Open')],
    silent: [...replicas(39), sale('Closed')],
    labels: { sale: 'den-vau', target: 'gateway' },
  },
  RegionLagging: {
    at: '20m',
    ...gauge('ticketbottle_region_behind_seconds', ',store="Postgres"', '61', '59'),
    labels: { store: 'Postgres' },
  },
  RegionNotInRole: {
    at: '20m',
    fires: [[`ticketbottle_platform_condition{${OWN},type="RegionReady",reason="Fenced"}`, '0+0x60']],
    // A promotion that took four minutes.
    silent: [
      [`ticketbottle_platform_condition{${OWN},type="RegionReady",reason="Lagging"}`, '0x3 _x57'],
      [`ticketbottle_platform_condition{${OWN},type="RegionReady",reason="AsSpecified"}`, '_x3 1x57'],
    ],
  },
  PlatformStalled: {
    at: '20m',
    ...gauge('ticketbottle_platform_condition', ',type="Stalled",reason="InvalidSpec"', '1', '0'),
    labels: { reason: 'InvalidSpec' },
  },
  PlatformNotReady: {
    at: '20m',
    ...gauge('ticketbottle_platform_condition', ',type="Ready",reason="Progressing"', '0', '1'),
  },
};

/** The operator's own alerts, of config/prometheus/operator-rules.yaml. */
export const OPERATOR_CASES: Readonly<Record<string, AlertCase>> = {
  OperatorDown: {
    at: '20m',
    fires: [['leader_election_master_status{name="ticketbottle-operator",pod="a"}', '0+0x60']],
    silent: [
      ['leader_election_master_status{name="ticketbottle-operator",pod="a"}', '0+0x60'],
      ['leader_election_master_status{name="ticketbottle-operator",pod="b"}', '1+0x60'],
    ],
  },
  OperatorFailing: {
    at: '30m',
    fires: [['controller_runtime_reconcile_errors_total{controller="platform"}', '0+10x60']],
    silent: [['controller_runtime_reconcile_errors_total{controller="platform"}', '0+1x60']],
    labels: { controller: 'platform' },
  },
  OperatorStuck: {
    at: '20m',
    fires: [['workqueue_longest_running_processor_seconds{name="eventsale"}', '301+0x60']],
    silent: [['workqueue_longest_running_processor_seconds{name="eventsale"}', '120+0x60']],
    labels: { name: 'eventsale' },
  },
  OperatorBlind: {
    at: '20m',
    fires: [['reflector_watch_failures_total{resource="secrets"}', '0+5x60']],
    silent: [['reflector_watch_failures_total{resource="secrets"}', '0+1x60']],
    labels: { resource: 'secrets' },
  },
  OperatorConflict: {
    at: '20m',
    fires: [['platform_operator_conflict{namespace="shop",platform="tb",holder="a/operator"}', '1+0x60']],
    silent: [['platform_operator_conflict{namespace="shop",platform="tb",holder="a/operator"}', '1 0x60']],
    labels: { namespace: 'shop', platform: 'tb', holder: 'a/operator' },
  },
  ClockSkewed: {
    at: '20m',
    fires: [['clock_offset_seconds{peer="redis"}', '-0.3+0x60']],
    silent: [['clock_offset_seconds{peer="redis"}', '0.1+0x60']],
    labels: { peer: 'redis' },
  },
  DriftFound: {
    at: '30m',
    fires: [['drift_detected_total{concern="TopicsReady"}', '0+1x60']],
    silent: [['drift_detected_total{concern="TopicsReady"}', '0x10 1x50']],
    labels: { concern: 'TopicsReady' },
  },
};
