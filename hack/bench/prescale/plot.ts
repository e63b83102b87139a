import type { Plot } from '../plot.ts';

const NAMES: Readonly<Record<string, string>> = {
  declared: 'with an EventSale',
  'autoscaler-only': 'autoscaler only',
};

/** Second by second: the median of the rounds. */
export const plot: Plot = (report) => {
  const rows = Object.entries(report.measured).flatMap(([side, rounds]) =>
    rounds.flatMap(({ series = {} }, round) =>
      (series['p99'] ?? []).map((p99, second) => ({
        side: NAMES[side] ?? side,
        round,
        second,
        p99,
        failed: series['failedPercent']?.[second] ?? 0,
      })),
    ),
  );
  const panel = (field: 'p99' | 'failed', title: string) => ({
    width: 640,
    height: 150,
    layer: [
      {
        mark: { type: 'area' as const, opacity: 0.15 },
        encoding: {
          x: { field: 'second', type: 'quantitative' as const, title: 'seconds since the doors opened' },
          y: { field, aggregate: 'min' as const, type: 'quantitative' as const, title },
          y2: { field, aggregate: 'max' as const },
          color: { field: 'side', type: 'nominal' as const, sort: Object.values(NAMES) },
        },
      },
      {
        mark: { type: 'line' as const },
        encoding: {
          x: { field: 'second', type: 'quantitative' as const },
          y: { field, aggregate: 'median' as const, type: 'quantitative' as const },
          color: { field: 'side', type: 'nominal' as const, sort: Object.values(NAMES) },
        },
      },
    ],
  });
  return {
    title: `A sudden load of ${report.conditions['load']}: median of ${report.rounds} rounds, lowest and highest shaded`,
    data: { values: rows },
    vconcat: [
      panel('p99', 'p99, ms (a failure counts as 5 s)'),
      ...(rows.some(({ failed }) => failed > 0) ? [panel('failed', 'failed, %')] : []),
    ],
  };
};
