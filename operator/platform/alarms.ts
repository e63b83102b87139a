import { FUNCTIONS, type FunctionName } from '#proto/names.ts';
import { durationMs } from '#runtime/duration.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { DesiredAlarm, DesiredAlarms } from '../external/alarms.ts';
import { OWNER_TAG } from '../external/lambda-desired.ts';
import { deadLetterQueue } from '../external/sqs.ts';
import { isActive, managedFunctions } from './cloud.ts';
import { FUNCTION_CATALOGUE } from './function-catalogue.ts';
import { feedbackQueue, mailConfigurationSet } from './mail-feedback.ts';
import { cloudObject, functionObject, ownerOf } from './names.ts';

/** What CloudWatch watches, because Prometheus does not see it: functions, their dead letters, mails, the table, replicas. */
export function desiredAlarms(platform: TicketBottlePlatform): DesiredAlarms {
  const managed = new Set(managedFunctions(platform));
  const { enabled } = platform.spec.observability.alarms;
  const wanted = enabled
    ? [
        ...[...managed].flatMap((name) => functionAlarms(platform, name)),
        ...tableAlarms(platform),
        ...replicaAlarms(platform),
        ...followerAlarms(platform),
      ]
    : [];
  const names = new Set(wanted.map(({ name }) => name));
  const all = [...FUNCTIONS.flatMap((name) => functionAlarms(platform, name)), ...tableAlarms(platform)];
  const known = [...all.map(({ name }) => name), ...replicaAlarmNames(platform)];
  return { alarms: wanted, unwanted: known.filter((name) => !names.has(name)) };
}

function functionAlarms(platform: TicketBottlePlatform, name: FunctionName): DesiredAlarm[] {
  const FunctionName = functionObject(platform, name);
  const of = (suffix: string, what: string): Pick<DesiredAlarm, 'name' | 'description'> => ({
    name: `${FunctionName}-${suffix}`,
    description: describe(platform, 'FunctionsFail', what),
  });
  const common = { ...shared(platform), dimensions: { FunctionName } };
  const alarms: DesiredAlarm[] = [
    // Both count 0 or 1 a call, so their average is the share of calls.
    {
      ...common,
      ...of('errors', `more than 5 % of the calls of ${name} fail`),
      ...{ namespace: 'AWS/Lambda', metric: 'Errors', statistic: 'Average', threshold: 0.05 },
    },
    {
      ...common,
      ...of('faults', `more than 5 % of the calls of ${name} could not do their work`),
      ...{ namespace: 'TicketBottle', metric: 'Faults', statistic: 'Average', threshold: 0.05 },
    },
    {
      ...common,
      ...of('throttles', `calls of ${name} are refused: its concurrency is used up`),
      ...{ namespace: 'AWS/Lambda', metric: 'Throttles', statistic: 'Sum', threshold: 0 },
    },
  ];
  const { kind } = FUNCTION_CATALOGUE[name].trigger;
  if (kind === 'http')
    alarms.push({
      ...common,
      ...of('slow', `a payment callback takes more than 5 s`),
      ...{ namespace: 'AWS/Lambda', metric: 'Duration', statistic: 'p99', threshold: 5_000 },
    });
  else alarms.push(deadLetterAlarm(platform, FunctionName, `events of ${name}`));
  return [...alarms, ...(OF_THEIR_OWN[name]?.(platform) ?? [])];
}

function deadLetterAlarm(platform: TicketBottlePlatform, queue: string, what: string): DesiredAlarm {
  return {
    ...shared(platform),
    name: `${queue}-dead-letters`,
    description: describe(platform, 'DeadLetters', `${what} failed for good and wait for somebody`),
    ...{ namespace: 'AWS/SQS', metric: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum', threshold: 0 },
    dimensions: { QueueName: deadLetterQueue(queue) },
    periods: 1,
  };
}

/** What only one function knows of. */
const OF_THEIR_OWN: Partial<Record<FunctionName, (platform: TicketBottlePlatform) => DesiredAlarm[]>> = {
  'outbox-processor': (platform) => [
    outboxAlarm(platform, 'outbox-processor', 'Parked', {
      ...{ suffix: 'parked', runbook: 'MessagesParked', periodSeconds: 300 },
      what: 'a payment event that the broker never takes was put aside',
    }),
  ],
  // It looks once a day, so that is how long it keeps saying so.
  'outbox-cleanup': (platform) => [
    outboxAlarm(platform, 'outbox-cleanup', 'EventsParked', {
      ...{ suffix: 'parked', runbook: 'MessagesParked', periodSeconds: DAY_SECONDS },
      what: 'payment events that the broker never took wait for somebody',
    }),
    outboxAlarm(platform, 'outbox-cleanup', 'EventsStuck', {
      ...{ suffix: 'stuck', runbook: 'OutboxStuck', periodSeconds: DAY_SECONDS },
      what: 'payment events have waited for more than five minutes to be published',
    }),
  ],
  'email-sender': (platform) => [
    deadLetterAlarm(platform, feedbackQueue(platform), 'news of mails that came back'),
    // Above these AWS looks into an account, and at twice as much it stops its mails.
    mailAlarm(platform, 'bounces', 'Reputation.BounceRate', 0.05, 'more than 5 % of the mails come back'),
    mailAlarm(
      platform,
      'complaints',
      'Reputation.ComplaintRate',
      0.001,
      'more than 0.1 % of the mails are called spam',
    ),
  ],
};

const DAY_SECONDS = 86_400;

function outboxAlarm(
  platform: TicketBottlePlatform,
  name: FunctionName,
  metric: string,
  of: { readonly suffix: string; readonly what: string; readonly runbook: string; readonly periodSeconds: number },
): DesiredAlarm {
  const FunctionName = functionObject(platform, name);
  return {
    ...shared(platform),
    name: `${FunctionName}-${of.suffix}`,
    description: describe(platform, of.runbook, of.what),
    ...{ namespace: 'TicketBottle', metric, statistic: 'Maximum', threshold: 0 },
    dimensions: { FunctionName },
    ...{ periodSeconds: of.periodSeconds, periods: 1 },
  };
}

function mailAlarm(
  platform: TicketBottlePlatform,
  suffix: string,
  metric: string,
  threshold: number,
  what: string,
): DesiredAlarm {
  return {
    ...shared(platform),
    name: cloudObject(platform, `mail-${suffix}`),
    description: describe(platform, 'MailsComeBack', what),
    ...{ namespace: 'AWS/SES', metric, statistic: 'Average', threshold },
    dimensions: { 'ses:configuration-set': mailConfigurationSet(platform) },
    ...{ periodSeconds: 3_600, periods: 1 },
  };
}

/** Throttling says that the table is too small, or that one key is asked for by everybody. */
function tableAlarms(platform: TicketBottlePlatform): DesiredAlarm[] {
  const { table } = platform.spec.orders;
  return (['Read', 'Write'] as const).map((kind) => ({
    ...shared(platform),
    name: cloudObject(platform, `orders-${kind.toLowerCase()}-throttled`),
    description: describe(platform, 'OrdersThrottled', `table ${table} refuses ${kind.toLowerCase()}s`),
    namespace: 'AWS/DynamoDB',
    metric: `${kind}ThrottleEvents`,
    statistic: 'Sum',
    threshold: 0,
    dimensions: { TableName: table },
  }));
}

/** As many as spec.orders.replicaRegions takes. */
const MOST_REPLICAS = 16;

/** By number and not by region, so that those of an earlier spec can be found. */
const tableReplicaAlarm = (platform: TicketBottlePlatform, at: number) =>
  cloudObject(platform, `orders-replica-${at + 1}-late`);
const postgresReplicaAlarm = (platform: TicketBottlePlatform) => cloudObject(platform, 'postgres-replica-late');
const postgresRegionAlarm = (platform: TicketBottlePlatform) => cloudObject(platform, 'postgres-region-late');

const replicaAlarmNames = (platform: TicketBottlePlatform): string[] => [
  ...Array.from({ length: MOST_REPLICAS }, (_, at) => tableReplicaAlarm(platform, at)),
  postgresReplicaAlarm(platform),
  postgresRegionAlarm(platform),
];

/** Copies that AWS keeps: what they lack is lost with the original. */
function replicaAlarms(platform: TicketBottlePlatform): DesiredAlarm[] {
  const { orders, backup } = platform.spec;
  const { table, replicaRegions = [] } = orders;
  const cluster = backup?.postgres?.rdsCluster;
  const common = { ...shared(platform), statistic: 'Average' as const };
  return [
    ...replicaRegions.map((ReceivingRegion, at) => ({
      ...common,
      name: tableReplicaAlarm(platform, at),
      description: describe(platform, 'RegionLagging', `table ${table} reaches ${ReceivingRegion} after more than 1 s`),
      ...{ namespace: 'AWS/DynamoDB', metric: 'ReplicationLatency', threshold: 1_000 },
      dimensions: { TableName: table, ReceivingRegion },
    })),
    ...(cluster === undefined
      ? []
      : [
          {
            ...common,
            name: postgresReplicaAlarm(platform),
            description: describe(platform, 'RegionLagging', `a reader of ${cluster} is more than 100 ms late`),
            ...{ namespace: 'AWS/RDS', metric: 'AuroraReplicaLagMaximum', threshold: 100 },
            dimensions: { DBClusterIdentifier: cluster },
          },
        ]),
  ];
}

/** How far the Aurora cluster of a standby is behind its region's counterpart: known there, and only there. */
function followerAlarms(platform: TicketBottlePlatform): DesiredAlarm[] {
  const { failover } = platform.spec.region;
  const cluster = platform.spec.backup?.postgres?.rdsCluster;
  if (failover === undefined || cluster === undefined || isActive(platform)) return [];
  const what = `${cluster} lacks more than ${failover.maxLag} of what the active region wrote, or does not follow it`;
  return [
    {
      ...shared(platform),
      name: postgresRegionAlarm(platform),
      description: describe(platform, 'RegionLagging', what),
      ...{ namespace: 'AWS/RDS', metric: 'AuroraGlobalDBRPOLag', statistic: 'Maximum' },
      threshold: durationMs(failover.maxLag),
      dimensions: { DBClusterIdentifier: cluster },
      // A global database says this each minute. What the operator promotes itself is none.
      ...(failover.promotes === 'Provider' ? { missing: 'breaching' as const } : {}),
    },
  ];
}

const shared = (platform: TicketBottlePlatform) => ({
  periodSeconds: 60,
  periods: 3,
  actionArns: platform.spec.observability.alarms.actionArns ?? [],
  tags: { [OWNER_TAG]: ownerOf(platform) },
});

function describe(platform: TicketBottlePlatform, runbook: string, what: string): string {
  const base = platform.spec.observability.monitoring.runbookBaseUrl.replace(/\/+$/, '');
  return `Platform ${ownerOf(platform)}: ${what}. ${base}/${runbook}.md`;
}
