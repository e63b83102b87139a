import { layOutOperator } from '#runtime/local/operator-in-its-pod.ts';
import type { BenchContext, Benchmark, Line, Measured, OpenBenchmark, Side } from '../benchmark.ts';
import { startCluster } from '../load/api-cluster.ts';
import { contenders } from '../operator-throughput/contender.ts';
import { openShop } from '../reserve/shop.ts';
import { openWaitroom } from '../waitroom/room.ts';
import { fittedExponent, type Point } from './exponent.ts';
import { openOrders } from './orders.ts';
import { reserveCosts } from './reservations.ts';
import { lookCosts } from './sales.ts';
import { filledRooms, joinCosts, tickCosts } from './waiting.ts';

const STEPS = ['1x', '10x', '100x'] as const;
const FULL = { waiting: 10_000, reservations: 100, orders: 200, sales: 10 } as const;
const SHORT = { waiting: 100, reservations: 10, orders: 10, sales: 2 } as const;

const path = (side: string, what: string, unit: string): Line[] => [
  {
    id: side,
    title: `${what}: k of cost ~ size^k`,
    unit: '',
    better: 'lower',
    ours: { side, figure: 'exponent' },
    target: { atMost: 0.1 },
  },
  {
    id: `${side}-100x`,
    title: `${what}: 100x against 1x`,
    unit,
    better: 'lower',
    ours: { side, figure: '100x' },
    peer: { side, figure: '1x', name: '1x' },
    sameWork: ['path'],
  },
];

export const benchmark: Benchmark = {
  name: 'growth',
  title:
    'What one unit of work costs with 1, 10 and 100 times as much data, and the exponent fitted to it: 0 is constant.',
  lines: [
    ...path('tick', 'a run of the room, by waiting buyers (Redis time)', 'µs'),
    ...path('join', 'a join, by waiting buyers (Redis time)', 'µs'),
    ...path('reserve', 'a reserve by itself, by reservations of its class', 'ms'),
    ...path('buy', 'a whole purchase, by orders of its sale (CPU of our services)', 'ms'),
    ...path('books', 'reading the books of a sale, for each order, by orders (CPU of our services)', 'ms'),
    ...path('look', 'a look at a sale that needs nothing, by EventSales of its platform (CPU)', 'ms'),
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { waiting, reservations, orders, sales } = context.short ? SHORT : FULL;
  const sizes = (base: number) => [base, 10 * base, 100 * base];
  context.say('starting Redis and the waitroom, Postgres, Kafka and inventory, and the API server');
  const bench = stack.use(await openWaitroom(context));
  const shop = stack.use(await openShop(context));
  const money = stack.use(await openOrders(context, sizes(orders)));
  const cluster = stack.use(await startCluster());
  context.say('bundling the operator');
  await layOutOperator(context.root, context.signal);
  const [operator] = contenders(context, cluster, '');
  if (operator === undefined) throw new Error('no operator');
  context.say(`filling rooms up to ${(100 * waiting).toLocaleString('en-US')}`);
  const rooms = await filledRooms(bench, sizes(waiting));
  const costs: Readonly<Record<string, (round: number) => Promise<Point[]>>> = {
    tick: () => tickCosts(bench, rooms),
    join: () => joinCosts(bench, rooms),
    reserve: () => reserveCosts(shop.inventories.combined, sizes(reservations)),
    buy: () => money.buyCosts(),
    books: () => money.bookCosts(),
    look: (round) => lookCosts(context, cluster, operator, { sizes: sizes(sales), round }),
  };
  const sides: Side[] = Object.entries(costs).map(([name, cost]) => ({
    name,
    warmUp: async () => {},
    round: async (index) => measured(name, await cost(index)),
  }));
  const owned = stack.move();
  return {
    sides,
    conditions: {
      waiting: sizes(waiting).join('/'),
      reservations: sizes(reservations).join('/'),
      orders: sizes(orders).join('/'),
      sales: sizes(sales).join('/'),
    },
    versions: { ...bench.versions, ...shop.versions },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function measured(name: string, points: readonly Point[]): Measured {
  const byStep = Object.fromEntries(STEPS.map((step, index) => [step, points[index]?.cost ?? Number.NaN]));
  return {
    figures: { exponent: fittedExponent(points), ...byStep },
    work: { path: name },
    series: { size: points.map(({ size }) => size), cost: points.map(({ cost }) => cost) },
  };
}
