import type { Plot } from '../plot.ts';

const NAMES: Readonly<Record<string, string>> = {
  tick: 'run of the room (waiting buyers)',
  join: 'join (waiting buyers)',
  reserve: 'reserve (reservations)',
  buy: 'purchase (orders)',
  books: 'books, for each order (orders)',
  look: 'look at a sale (EventSales)',
};

/** Cost against that at 1x, by amount of data: level lines do not grow. */
export const plot: Plot = (report) => ({
  title: `Cost of one unit of work with 1, 10 and 100 times the data, against 1x: median of ${report.rounds} rounds`,
  width: 640,
  height: 200,
  data: {
    values: Object.entries(report.measured).flatMap(([side, rounds]) =>
      rounds.flatMap(({ figures }) =>
        [1, 10, 100].map((times) => ({
          path: NAMES[side] ?? side,
          times,
          growth: (figures[`${times}x`] ?? Number.NaN) / (figures['1x'] ?? Number.NaN),
        })),
      ),
    ),
  },
  mark: { type: 'line', point: true },
  encoding: {
    x: { field: 'times', type: 'quantitative', scale: { type: 'log' }, title: 'times the data' },
    y: { field: 'growth', aggregate: 'median', type: 'quantitative', title: 'times the cost' },
    color: { field: 'path', type: 'nominal', sort: Object.values(NAMES) },
  },
});
