import type { Clock } from '../clock.ts';

export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes';

/**
 * Writes one CloudWatch embedded metric format line: metrics without an API call. The line goes to standard output as it is,
 * because a logger's wrapping would hide it from CloudWatch.
 */
export function emitMetrics(
  clock: Clock,
  functionName: string,
  metrics: Readonly<Record<string, readonly [value: number, unit: MetricUnit]>>,
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
            Dimensions: [['FunctionName']],
            Metrics: Object.entries(metrics).map(([name, [, unit]]) => ({ Name: name, Unit: unit })),
          },
        ],
      },
      FunctionName: functionName,
      ...values,
    }),
  );
}
