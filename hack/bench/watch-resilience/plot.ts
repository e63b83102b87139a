import type { Plot } from '../plot.ts';

const NAMES: Readonly<Record<string, string>> = {
  ours: 'this operator',
  'client-node': '@kubernetes/client-node',
  'client-go': 'client-go',
};

/** Every cut a tick. */
export const plot: Plot = (report) => ({
  title: 'From the loss of the connection to the next event seen, one tick for each cut',
  width: 640,
  height: 110,
  data: {
    values: Object.entries(report.measured).flatMap(([side, rounds]) =>
      rounds.flatMap(({ series = {} }) =>
        (series['gapMs'] ?? []).map((gap) => ({ side: NAMES[side] ?? side, gap: Math.max(1, gap) })),
      ),
    ),
  },
  mark: { type: 'tick', opacity: 0.6, thickness: 1.5 },
  encoding: {
    x: { field: 'gap', type: 'quantitative', scale: { type: 'log' }, title: 'ms' },
    y: { field: 'side', type: 'nominal', sort: Object.values(NAMES), title: null },
    color: { field: 'side', type: 'nominal', sort: Object.values(NAMES), legend: null },
  },
});
