import { setTimeout as sleep } from 'node:timers/promises';
import { startShop } from '#runtime/local/shop/shop.ts';
import { createRedis } from '#runtime/redis.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark } from '../benchmark.ts';
import { listenForPaid } from '../purchase/buyers.ts';
import { latencyFigures } from '../statistics.ts';
import { closeRoom, openRoom } from '../waitroom/room.ts';
import { carriedPerSecond, coldBuyers, hotCrowd, type Sale } from './crowds.ts';

const COLD = 49;
/** Two each, so that every cold sale is met before and after the hot one warmed up. */
const COLD_BUYERS = 98;
const COLD_EVERY_MS = 400;
const HOT_JOINS_PER_SECOND = 100;
/** Of what the shop carries, cold sales included: the operator plans replicas and the rate in the gate to stay below it. */
const UTILISATION = 0.6;

const beside = (figure: string) => ({ side: 'beside', figure });
const alone = (figure: string) => ({ side: 'alone', figure, name: 'no hot sale' });
const line = (id: string, title: string, atMost?: number) => ({
  ...{ id, title, unit: 'ms', better: 'lower' as const, sameWork: ['coldBought'] },
  ...{ ours: beside(id), peer: alone(id) },
  ...(atMost === undefined ? {} : { target: { atMost } }),
});

export const benchmark: Benchmark = {
  name: 'cold-sales',
  title: `${COLD} cold sales beside a hot one (${HOT_JOINS_PER_SECOND} joins/s, let in so fast that ${UTILISATION * 100} % of what the shop carries is bought): what the buyers of the cold ones wait.`,
  lines: [
    line('wholeP50', 'cold buyer, from coming to order.paid, p50', 2),
    line('wholeP99', 'cold buyer, from coming to order.paid, p99', 2),
    line('entryP50', 'from coming until let in, p50'),
    line('entryP99', 'from coming until let in, p99'),
    line('placeP99', 'order until its payment link, p99'),
    line('ticketP99', 'money until order.paid, p99'),
    {
      ...{ id: 'hot-joins', title: 'joins of the hot sale meanwhile', unit: 'joins/s', better: 'higher' },
      ours: beside('hotJoinsPerSecond'),
    },
    {
      ...{ id: 'hot-bought', title: 'purchases of the hot sale meanwhile', unit: 'purchases/s', better: 'higher' },
      ours: beside('hotBoughtPerSecond'),
    },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { root, signal, say, log } = context;
  const shop = stack.use(await startShop({ root, hold: '600s', durable: true, without: ['order-2'], signal, say }));
  const redis = createRedis({ address: shop.backing.redis.address, log });
  stack.defer(() => redis.disconnect());
  const paid = stack.use(listenForPaid(shop));
  const openSale = async (tickets: number): Promise<Sale> => {
    const { classId, eventId } = await shop.aSale(tickets);
    await openRoom(redis, { eventId, opensInMs: 1_000, admissionsPerMinute: 600, slots: 100 });
    return { classId, eventId };
  };

  say('what the shop carries');
  const trial = await openSale(10_000);
  await carriedPerSecond(shop, trial, 2, 10); // Warm.
  const carried = await carriedPerSecond(shop, trial, 8, context.short ? 10 : 30);
  await closeRoom(redis, trial.eventId);
  const admissionsPerSecond = carried * UTILISATION - 1000 / COLD_EVERY_MS;
  say(`${carried.toFixed(1)} purchases per second, so the hot sale lets in ${admissionsPerSecond.toFixed(1)}`);
  if (admissionsPerSecond < 1) throw new Error('this machine is too small for a hot sale beside the cold ones');

  const round = async (buyers: number, hot: boolean): Promise<Measured> => {
    const cold: Sale[] = [];
    for (let made = 0; made < COLD; made++) cold.push(await openSale(10));
    const hotSale = await openSale(100_000);
    await sleep(2_000); // The waiting room takes a new room up within a second.
    const done = new AbortController();
    const until = AbortSignal.any([done.signal, signal]);
    const started = performance.now();
    const crowd = hot
      ? hotCrowd(shop, hotSale, { joinsPerSecond: HOT_JOINS_PER_SECOND, admissionsPerSecond, until })
      : Promise.resolve({ joined: 0, bought: 0 });
    const waits = await coldBuyers(shop, cold, { buyers, everyMs: COLD_EVERY_MS, paid, signal });
    const seconds = (performance.now() - started) / 1000;
    done.abort();
    const { joined, bought } = await crowd;
    for (const { eventId } of [...cold, hotSale]) await closeRoom(redis, eventId);
    if (hot && joined < (HOT_JOINS_PER_SECOND * seconds) / 2)
      throw new Error(`the hot sale was not hot: ${joined} joins`);
    if (hot && bought < (admissionsPerSecond * seconds) / 2)
      throw new Error(`the hot sale did not sell: ${bought} purchases`);
    return {
      figures: {
        ...latencyFigures(waits.whole, 'whole'),
        ...latencyFigures(waits.entry, 'entry'),
        ...latencyFigures(waits.place, 'place'),
        ...latencyFigures(waits.ticket, 'ticket'),
        hotJoinsPerSecond: joined / seconds,
        hotBoughtPerSecond: bought / seconds,
      },
      work: { coldBought: waits.whole.length },
    };
  };
  const owned = stack.move();
  return {
    sides: [
      { name: 'alone', warmUp: async () => void (await round(30, true)), round: () => round(COLD_BUYERS, false) },
      { name: 'beside', warmUp: async () => {}, round: () => round(COLD_BUYERS, true) },
    ],
    conditions: {
      ...{ coldSales: COLD, coldBuyers: COLD_BUYERS, coldBuyerEveryMs: COLD_EVERY_MS },
      ...{
        hotJoinsPerSecond: HOT_JOINS_PER_SECOND,
        hotAdmissionsPerSecond: Math.round(admissionsPerSecond * 10) / 10,
        stores: 'durable',
      },
    },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
