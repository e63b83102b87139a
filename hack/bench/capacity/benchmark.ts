import { startShop } from '#runtime/local/shop/shop.ts';
import type { BenchContext, Benchmark, Line, Medians, OpenBenchmark } from '../benchmark.ts';
import { openFront } from '../sse/front.ts';
import { joinRound, streamsRound } from './front-load.ts';
import { DEFAULTS_FILE, defaultsOf, profileOf, SHARE_OF_CORE } from './profile.ts';
import { hotRowRound, inventoryRound, purchaseRound } from './shop-load.ts';

const FULL = { buyers: 3_000, streams: 2_000, tens: 150, reserves: 3_000, orders: 150 } as const;
const SHORT = { buyers: 200, streams: 200, tens: 10, reserves: 200, orders: 20 } as const;

const line = (side: string, figure: string, title: string, unit: string, better: Line['better'] = 'lower'): Line => ({
  id: `${side}-${figure}`,
  title,
  unit,
  better,
  ours: { side, figure },
});

export const benchmark: Benchmark = {
  name: 'capacity',
  title:
    'What one replica of each service carries, from the CPU time that its requests cost, in the mix of the capacity model.',
  lines: [
    line('join', 'gatewayCpuMs', 'gateway: CPU per request', 'ms'),
    line('streams', 'cpuPercentPerThousand', 'gateway: a core for 1,000 open streams', '%'),
    line('streams', 'kilobytesPerStream', 'gateway: memory of an open stream, at most', 'kB'),
    line('join', 'waitroomCpuMs', 'waitroom: CPU per request', 'ms'),
    line('inventory', 'cpuMs', 'inventory: CPU per request', 'ms'),
    line('hot-row', 'perSecond', 'inventory: reserves of one class', 'reserves/s', 'higher'),
    line('purchase', 'orderCpuMs', 'order: CPU per request', 'ms'),
    line('purchase', 'paymentCpuMs', 'payment: CPU per request', 'ms'),
    line('join', 'perSecond', 'gateway and waitroom here, with their load: requests', 'requests/s', 'higher'),
    line('join', 'p99', 'a join and a look at the tick here, p99', 'ms'),
    line('inventory', 'perSecond', 'inventory here, with its load and its Postgres: requests', 'requests/s', 'higher'),
    line('inventory', 'p99', 'the same, p99', 'ms'),
  ],
  note: (medians: Medians, timeMs: number) =>
    [
      `As a profile for the platform: a replica with a core of its own, busy for ${SHARE_OF_CORE * 100} % of it (streams: at most`,
      '20,000; the hot row as measured, which is what Postgres carries).',
      '',
      '```yaml',
      profileOf(medians, timeMs),
      '```',
    ].join('\n'),
  source: { path: DEFAULTS_FILE, text: defaultsOf },
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { root, signal, say, short } = context;
  const size = short ? SHORT : FULL;
  const shop = stack.use(
    await startShop({ root, hold: '600s', durable: true, without: ['order-2', 'webhook-2'], signal, say }),
  );
  say('starting Redis, a waitroom and a gateway');
  const front = stack.use(await openFront(context, Math.max(size.buyers, size.streams)));
  const owned = stack.move();
  return {
    sides: [
      { name: 'join', round: () => joinRound(front, size.buyers) },
      { name: 'streams', warmUp: async () => {}, round: () => streamsRound(front, size.streams) },
      { name: 'inventory', round: () => inventoryRound(shop, size.tens) },
      { name: 'hot-row', round: () => hotRowRound(shop, size.reserves) },
      { name: 'purchase', round: () => purchaseRound(shop, size.orders) },
    ],
    conditions: { ...size, stores: 'durable', clients: 'on the same two cores' },
    versions: front.versions,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
