import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import type { Adapter, Change } from './adapter.ts';
import { canonicalJson } from './canonical-json.ts';

/** One CloudWatch alarm on one metric, going off above `threshold`. */
export interface DesiredAlarm {
  readonly name: string;
  /** For whoever is woken: what it means and where to read on. */
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Average` of a metric that counts 0 or 1 a call is a share. */
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'p99';
  readonly threshold: number;
  readonly periodSeconds: number;
  /** Periods in a row that must be above. */
  readonly periods: number;
  /** Set where silence is as bad; else nobody called, which is no alarm. */
  readonly missing?: 'breaching';
  readonly actionArns: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface DesiredAlarms {
  readonly alarms: readonly DesiredAlarm[];
  /** Names that may be there from an earlier spec, and must not be. */
  readonly unwanted: readonly string[];
}

export type ObservedAlarms = ReadonlyMap<string, MetricAlarm>;

export interface AlarmChange extends Change {
  readonly name: string;
  /** undefined: goes away. */
  readonly alarm?: DesiredAlarm;
}

/** As many names as one call takes. */
const NAMES_A_CALL = 100;

export function createAlarms(client: CloudWatchClient): Adapter<DesiredAlarms, ObservedAlarms, AlarmChange> {
  return {
    async observe({ alarms, unwanted }, abortSignal) {
      const names = [...alarms.map(({ name }) => name), ...unwanted];
      const found = new Map<string, MetricAlarm>();
      for (let from = 0; from < names.length; from += NAMES_A_CALL) {
        const AlarmNames = names.slice(from, from + NAMES_A_CALL);
        const command = new DescribeAlarmsCommand({ AlarmNames, MaxRecords: NAMES_A_CALL });
        const { MetricAlarms = [] } = await client.send(command, { abortSignal });
        for (const alarm of MetricAlarms) if (alarm.AlarmName !== undefined) found.set(alarm.AlarmName, alarm);
      }
      return found;
    },
    diff: diffAlarms,
    async apply(changes, abortSignal) {
      for (const { alarm } of changes)
        if (alarm !== undefined) await client.send(new PutMetricAlarmCommand(inputOf(alarm)), { abortSignal });
      await removeAlarms(
        client,
        changes.filter(({ alarm }) => alarm === undefined).map(({ name }) => name),
        abortSignal,
      );
    },
    remove: ({ alarms, unwanted }, abortSignal) =>
      removeAlarms(client, [...alarms.map(({ name }) => name), ...unwanted], abortSignal),
  };
}

export function diffAlarms({ alarms, unwanted }: DesiredAlarms, observed: ObservedAlarms): AlarmChange[] {
  return [
    ...alarms.flatMap((alarm): AlarmChange[] => {
      const { name } = alarm;
      const target = `alarm ${name}`;
      const found = observed.get(name);
      if (found === undefined) return [{ target, action: 'create', reason: 'does not exist', name, alarm }];
      const [want, have] = [wanted(alarm), seen(found)];
      const fields = Object.keys(want).filter((field) => canonicalJson(want[field]) !== canonicalJson(have[field]));
      if (fields.length === 0) return [];
      const reason = fields
        .map((field) => `${field} is ${canonicalJson(have[field] ?? null)} instead of ${canonicalJson(want[field])}`)
        .join(', ');
      return [{ target, action: 'update', reason, name, alarm }];
    }),
    ...unwanted
      .filter((name) => observed.has(name))
      .map((name) => ({ target: `alarm ${name}`, action: 'delete' as const, reason: 'is not wanted any more', name })),
  ];
}

/** Alarms that are not there are none of AWS's problems: it refuses a call that names one, so each goes by itself. */
async function removeAlarms(
  client: CloudWatchClient,
  names: readonly string[],
  abortSignal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < names.length; from += NAMES_A_CALL) {
    const AlarmNames = names.slice(from, from + NAMES_A_CALL);
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames }), { abortSignal });
    const there = MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
    if (there.length > 0) await client.send(new DeleteAlarmsCommand({ AlarmNames: there }), { abortSignal });
  }
}

function inputOf(alarm: DesiredAlarm) {
  const { name, description, namespace, metric, dimensions, statistic, threshold, periodSeconds, periods } = alarm;
  return {
    AlarmName: name,
    AlarmDescription: description,
    Namespace: namespace,
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    ...(statistic === 'p99' ? { ExtendedStatistic: 'p99' } : { Statistic: statistic }),
    ComparisonOperator: 'GreaterThanThreshold' as const,
    Threshold: threshold,
    Period: periodSeconds,
    EvaluationPeriods: periods,
    TreatMissingData: alarm.missing ?? 'notBreaching',
    ActionsEnabled: true,
    AlarmActions: [...alarm.actionArns],
    OKActions: [...alarm.actionArns],
    Tags: Object.entries(alarm.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** What decides, in words that people know from the console. */
function wanted(alarm: DesiredAlarm): Record<string, unknown> {
  const { description, namespace, metric, dimensions, statistic, threshold, periodSeconds, periods } = alarm;
  const actions = alarm.actionArns.toSorted();
  return {
    description,
    namespace,
    metric,
    dimensions,
    statistic,
    threshold,
    periodSeconds,
    periods,
    missing: alarm.missing ?? 'notBreaching',
    actions,
    on: true,
  };
}

function seen(alarm: MetricAlarm): Record<string, unknown> {
  return {
    description: alarm.AlarmDescription,
    namespace: alarm.Namespace,
    metric: alarm.MetricName,
    dimensions: Object.fromEntries((alarm.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
    statistic: alarm.ExtendedStatistic || alarm.Statistic,
    threshold: alarm.Threshold,
    periodSeconds: alarm.Period,
    periods: alarm.EvaluationPeriods,
    missing: alarm.TreatMissingData,
    actions: (alarm.AlarmActions ?? []).toSorted(),
    on: alarm.ActionsEnabled,
  };
}
