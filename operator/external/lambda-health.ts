import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { CanaryHealth, VersionHealth } from './lambda-canary.ts';
import { ALIAS } from './lambda-desired.ts';

/** Namespace and name of the metric by which a function says that it ran but could not do its work. */
const FAULTS = { namespace: 'TicketBottle', name: 'Faults' } as const;

/**
 * How both versions behind the alias did between two instants, from CloudWatch: what AWS counts per executed version, and the
 * faults that functions count themselves, because a queue's failed message or an answer 500 is no error to Lambda.
 */
export async function readHealth(
  client: CloudWatchClient,
  functionName: string,
  versions: { readonly live: string; readonly candidate: string },
  between: { readonly fromMs: number; readonly toMs: number },
  abortSignal: AbortSignal,
): Promise<CanaryHealth> {
  const fromMs = Math.floor(between.fromMs / MINUTE_MS) * MINUTE_MS;
  const toMs = Math.ceil((between.toMs + 1) / MINUTE_MS) * MINUTE_MS;
  const period = Math.min((toMs - fromMs) / 1000, MAX_PERIOD_SECONDS);
  const answer = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(fromMs),
      EndTime: new Date(toMs),
      MetricDataQueries: [
        ...queries('live', functionName, versions.live, period),
        ...queries('candidate', functionName, versions.candidate, period),
      ],
    }),
    { abortSignal },
  );
  const values = new Map((answer.MetricDataResults ?? []).map(({ Id, Values }) => [Id, Values ?? []]));
  const healthOf = (who: 'live' | 'candidate'): VersionHealth => {
    const sum = (id: string) => (values.get(`${who}_${id}`) ?? []).reduce((total, value) => total + value, 0);
    const p90 = values.get(`${who}_p90`) ?? [];
    return {
      invocations: sum('invocations'),
      errors: sum('errors') + sum('faults'),
      p90Ms: p90.length === 0 ? undefined : Math.max(...p90),
    };
  };
  return { live: healthOf('live'), candidate: healthOf('candidate') };
}

const MINUTE_MS = 60_000;
const MAX_PERIOD_SECONDS = 86_400;

function queries(who: string, functionName: string, version: string, period: number): MetricDataQuery[] {
  const behindAlias = { FunctionName: functionName, Resource: `${functionName}:${ALIAS}`, ExecutedVersion: version };
  const own = { FunctionName: functionName, FunctionVersion: version };
  return [
    query(`${who}_invocations`, 'AWS/Lambda', 'Invocations', behindAlias, 'Sum', period),
    query(`${who}_errors`, 'AWS/Lambda', 'Errors', behindAlias, 'Sum', period),
    query(`${who}_p90`, 'AWS/Lambda', 'Duration', behindAlias, 'p90', period),
    query(`${who}_faults`, FAULTS.namespace, FAULTS.name, own, 'Sum', period),
  ];
}

function query(
  Id: string,
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, string>>,
  Stat: string,
  Period: number,
): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return { Id, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat } };
}
