import { startShop } from '#runtime/local/shop/shop.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { latencyFigures } from '../statistics.ts';
import { buy, listenForPaid } from './buyers.ts';
import { cpuSeconds } from './cpu.ts';

/** More than the machine can serve at once, so the rate is what it holds. */
const BUYERS = 60;
const ORDERS = 240;

const figure = (name: string) => ({ side: 'saga', figure: name });
const cpu = (name: string, title: string) => ({
  ...{ id: `cpu-${name}`, title: `CPU of one purchase in ${title}`, unit: 'ms', better: 'lower' as const },
  ours: figure(`${name}CpuMs`),
});

export const benchmark: Benchmark = {
  name: 'purchase',
  title: `Whole purchases, ${BUYERS} buyers at once: order, hold, payment link, money, webhook, tickets, order.paid.`,
  lines: [
    {
      ...{ id: 'saga-p99', title: 'purchase p99: from the order to order.paid, at the highest load', unit: 'ms' },
      ...{ better: 'lower', ours: figure('sagaP99'), target: { atMost: 30_000 } },
    },
    { id: 'load', title: 'the highest load', unit: 'purchases/s', better: 'higher', ours: figure('perSecond') },
    {
      id: 'place-p99',
      title: 'order until its payment link, p99',
      unit: 'ms',
      better: 'lower',
      ours: figure('placeP99'),
    },
    { id: 'ticket-p50', title: 'money until order.paid, p50', unit: 'ms', better: 'lower', ours: figure('ticketP50') },
    { id: 'ticket-p99', title: 'money until order.paid, p99', unit: 'ms', better: 'lower', ours: figure('ticketP99') },
    cpu('order', 'the order service'),
    cpu('temporal', 'Temporal'),
    cpu('dynamodb', "the local orders table's server"),
    cpu('payment', 'the payment service'),
    cpu('inventory', 'the inventory service'),
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { root, signal, say } = context;
  const shop = stack.use(await startShop({ root, hold: '600s', durable: true, without: ['order-2'], signal, say }));
  const listener = stack.use(listenForPaid(shop));
  const round = async (orders: number): Promise<Measured> => {
    const { eventId, classId } = await shop.aSale(orders);
    const before = cpuSeconds(shop);
    const [saga, place, ticket]: [number[], number[], number[]] = [[], [], []];
    const load = await closedLoop({
      concurrency: BUYERS,
      calls: orders,
      call: async () => {
        const { orderId, calledMs, placedMs, moneyMs } = await buy(shop, eventId, classId);
        const paidMs = await listener.paid(orderId, 120_000);
        saga.push(paidMs - calledMs);
        place.push(placedMs - calledMs);
        ticket.push(paidMs - moneyMs);
      },
    });
    const after = cpuSeconds(shop);
    const { balanced, oversold, classes } = await shop.inventory.getLedger({ eventId });
    const books = await shop.orders.getSaleLedger({ eventId }, { deadlineMs: 60_000 });
    const sold = classes[0]?.soldLedger ?? 0;
    if (!balanced || oversold !== 0 || sold !== orders || books.ticketsCount !== orders)
      throw new Error(`${orders} bought, ${sold} sold, ${books.ticketsCount} tickets`);
    const cpuMs = [...after].map(([name, seconds]) => [
      `${name}CpuMs`,
      ((seconds - (before.get(name) ?? 0)) * 1000) / orders,
    ]);
    return {
      figures: {
        perSecond: load.perSecond,
        ...latencyFigures(saga, 'saga'),
        ...latencyFigures(place, 'place'),
        ...latencyFigures(ticket, 'ticket'),
        ...(Object.fromEntries(cpuMs) as Record<string, number>),
      },
      work: { orders, sold, tickets: books.ticketsCount },
    };
  };
  const owned = stack.move();
  return {
    sides: [{ name: 'saga', warmUp: async () => void (await round(60)), round: () => round(ORDERS) }],
    conditions: { buyers: BUYERS, orders: ORDERS, stores: 'durable', programs: 'one process of each service' },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
