import { FUNCTIONS, type FunctionName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { DesiredAlarm, DesiredAlarms } from '../external/alarms.ts';
import { OWNER_TAG } from '../external/lambda-desired.ts';
import { deadLetterQueue } from '../external/sqs.ts';
import { managedFunctions } from './cloud.ts';
import { FUNCTION_CATALOGUE } from './function-catalogue.ts';
import { cloudObject, functionObject, ownerOf } from './names.ts';

/** What CloudWatch watches, because Prometheus does not see it: functions, their dead letters, the orders table. */
export function desiredAlarms(platform: TicketBottlePlatform): DesiredAlarms {
  const managed = new Set(managedFunctions(platform));
  const { enabled } = platform.spec.observability.alarms;
  const wanted = enabled
    ? [...[...managed].flatMap((name) => functionAlarms(platform, name)), ...tableAlarms(platform)]
    : [];
  const names = new Set(wanted.map(({ name }) => name));
  const all = [...FUNCTIONS.flatMap((name) => functionAlarms(platform, name)), ...tableAlarms(platform)];
  return { alarms: wanted, unwanted: all.map(({ name }) => name).filter((name) => !names.has(name)) };
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
  else
    alarms.push({
      ...shared(platform),
      name: `${FunctionName}-dead-letters`,
      description: describe(platform, 'DeadLetters', `events of ${name} failed for good and wait for somebody`),
      ...{ namespace: 'AWS/SQS', metric: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum', threshold: 0 },
      dimensions: { QueueName: deadLetterQueue(FunctionName) },
      periods: 1,
    });
  return alarms;
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
