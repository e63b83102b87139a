import type { Plot } from '../plot.ts';

const NAMES: Readonly<Record<string, string>> = {
  gate: 'armed gate',
  'gate-killed': 'armed gate, operator killed',
  cronjob: 'CronJob',
  polling: 'looks every 30 s',
};

/** Every opening a tick; the axis is logarithmic, so a skew of 0 ms stands at 1. */
export const plot: Plot = (report) => ({
  title: 'From the announced instant to the first admission, one tick for each sale',
  width: 640,
  height: 140,
  data: {
    values: Object.entries(report.measured).flatMap(([side, rounds]) =>
      rounds.flatMap(({ series = {} }) =>
        (series['skewMs'] ?? []).map((skew) => ({ side: NAMES[side] ?? side, skew: Math.max(1, skew) })),
      ),
    ),
  },
  mark: { type: 'tick', opacity: 0.5, thickness: 1.5 },
  encoding: {
    x: { field: 'skew', type: 'quantitative', scale: { type: 'log' }, title: 'ms late' },
    y: { field: 'side', type: 'nominal', sort: Object.values(NAMES), title: null },
    color: { field: 'side', type: 'nominal', sort: Object.values(NAMES), legend: null },
  },
});
