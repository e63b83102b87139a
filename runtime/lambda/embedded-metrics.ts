import type { Clock } from '../clock.ts';

export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes';

export type Metrics = Record<string, readonly [value: number, unit: MetricUnit]>;

/** Who a metric is about. */
export interface FunctionIdentity {
  readonly FunctionName: string;
  readonly FunctionVersion: string;
}

/**
 * Writes one CloudWatch embedded metric format line: metrics without an API call, per function and per version of it. The line
 * goes to standard output as it is, because a logger's wrapping would hide it from CloudWatch.
 */
export function emitMetrics(
  clock: Clock,
  identity: FunctionIdentity,
  metrics: Readonly<Metrics>,
  write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): void {
  const values = Object.fromEntries(Object.entries(metrics).map(([name, [value]]) => [name, value]));
  write(
    JSON.stringify({
      _aws: {
        Timestamp: clock.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'TicketBottle',
            Dimensions: [['FunctionName'], ['FunctionName', 'FunctionVersion']],
            Metrics: Object.entries(metrics).map(([name, [, unit]]) => ({ Name: name, Unit: unit })),
          },
        ],
      },
      ...identity,
      ...values,
    }),
  );
}
