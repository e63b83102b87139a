import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';

/** A CloudWatch alarm, or a query to Prometheus, that a rollout minds, as it is now. */
export interface RolloutAlarm {
  readonly what: 'alarm' | 'query';
  readonly name: string;
  /**
   * `Unknown`: CloudWatch has too little data, which is no reason to stop. `Unanswered`: nobody knows, so nothing goes on, but
   * nothing goes back either.
   */
  readonly state: 'OK' | 'ALARM' | 'Unknown' | 'Missing' | 'Unanswered';
  /** Of what is unanswered. */
  readonly why?: string;
}

export async function readAlarms(
  client: CloudWatchClient,
  names: readonly string[],
  abortSignal: AbortSignal,
): Promise<RolloutAlarm[]> {
  if (names.length === 0) return [];
  const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    { abortSignal },
  );
  const found = new Map(
    [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName, StateValue }) => [AlarmName, StateValue]),
  );
  return names.map((name) => {
    if (!found.has(name)) return { what: 'alarm', name, state: 'Missing' };
    const state = found.get(name);
    return { what: 'alarm', name, state: state === 'OK' || state === 'ALARM' ? state : 'Unknown' };
  });
}
