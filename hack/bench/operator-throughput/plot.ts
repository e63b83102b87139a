import type { Plot } from '../plot.ts';

const SIDES: Readonly<Record<string, string>> = { ours: 'this operator', peer: 'controller-runtime' };
const SIZES = ['Small', 'Medium', 'Large'];

/** Rate and latency by number of sales; whiskers from the lowest to the highest round. */
export const plot: Plot = (report) => {
  const numbers = String(report.conditions['sales']).split('/');
  const rows = Object.entries(SIDES).flatMap(([side, name]) =>
    (report.measured[side] ?? []).flatMap(({ figures }) =>
      SIZES.map((size, index) => ({
        side: name,
        sales: numbers[index],
        perSecond: figures[`perSecond${size}`] ?? 0,
        p99: figures[`latencyP99${size}`] ?? 0,
        cpuMs: figures[`cpuMs${size}`] ?? 0,
      })),
    ),
  );
  const panel = (field: string, title: string) => ({
    width: 190,
    height: 180,
    layer: [
      {
        mark: { type: 'bar' as const },
        encoding: {
          x: { field: 'sales', type: 'ordinal' as const, sort: numbers, title: 'EventSales' },
          xOffset: { field: 'side', sort: Object.values(SIDES) },
          y: { field, aggregate: 'median' as const, type: 'quantitative' as const, title },
          color: { field: 'side', type: 'nominal' as const, sort: Object.values(SIDES) },
        },
      },
      {
        mark: { type: 'rule' as const },
        encoding: {
          x: { field: 'sales', type: 'ordinal' as const, sort: numbers },
          xOffset: { field: 'side', sort: Object.values(SIDES) },
          y: { field, aggregate: 'min' as const, type: 'quantitative' as const },
          y2: { field, aggregate: 'max' as const },
        },
      },
    ],
  });
  return {
    title: `EventSales from create to planned: median of ${report.rounds} rounds, lowest and highest as whiskers`,
    data: { values: rows },
    hconcat: [
      panel('perSecond', 'sales per second'),
      panel('p99', 'create to status, p99, ms'),
      panel('cpuMs', 'CPU of the operator per sale, ms'),
    ],
  };
};
