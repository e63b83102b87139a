import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type { Shop, ShopProgram } from '#runtime/local/shop/shop.ts';
import type { Measured } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { cpuSecondsOf } from '../load/process-cost.ts';
import { buy } from '../purchase/buyers.ts';
import { latencyFigures } from '../statistics.ts';

/** Requests of the capacity model (docs/eventsale.md) for one admission and one checkout. */
const LISTS_PER_TEN = 20;
const RESERVES_PER_TEN = 13;
const POLLS_PER_ORDER = 12;
const PAYMENTS_PER_ORDER = 2.2;
const CONCURRENCY = 32;

function cpuOf(shop: Shop, program: ShopProgram): number {
  return cpuSecondsOf(shop.programs[program].pid);
}

/** Ten admissions after another: twenty looks at what is left, thirteen reserves. */
export async function inventoryRound(shop: Shop, tens: number): Promise<Measured> {
  const { eventId, classId } = await shop.aSale(tens * RESERVES_PER_TEN);
  const before = cpuOf(shop, 'inventory');
  const perTen = LISTS_PER_TEN + RESERVES_PER_TEN;
  const load = await closedLoop({
    concurrency: CONCURRENCY,
    calls: tens * perTen,
    call: async (index) => {
      if (index % perTen < RESERVES_PER_TEN) await reserve(shop, eventId, classId);
      else await shop.inventory.getAvailability({ eventId });
    },
  });
  const cpu = cpuOf(shop, 'inventory') - before;
  await expectReserved(shop, eventId, tens * RESERVES_PER_TEN);
  const calls = tens * perTen;
  return {
    figures: { perSecond: load.perSecond, ...latencyFigures(load.latencies), cpuMs: (cpu * 1000) / calls },
    work: { calls },
  };
}

/** Nothing but reserves of one class: what its row carries. */
export async function hotRowRound(shop: Shop, reserves: number): Promise<Measured> {
  const { eventId, classId } = await shop.aSale(reserves);
  const load = await closedLoop({
    concurrency: 4 * CONCURRENCY,
    calls: reserves,
    call: () => reserve(shop, eventId, classId),
  });
  await expectReserved(shop, eventId, reserves);
  return { figures: { perSecond: load.perSecond, ...latencyFigures(load.latencies) }, work: { reserves } };
}

async function reserve(shop: Shop, eventId: string, ticketClassId: string): Promise<void> {
  const request = {
    orderId: randomUUID(),
    eventId,
    userId: randomUUID(),
    lines: [{ ticketClassId, quantity: 1 }],
    expireTime: { seconds: String(Math.floor(Date.now() / 1000) + 900), nanos: 0 },
    rehearsal: false,
  };
  for (let tries = 0; ; tries++) {
    try {
      await shop.inventory.reserve(request);
      return;
    } catch (error) {
      // Told to come again: the same order, which is held once at most.
      if (tries >= 10 || (error as { code?: number }).code !== status.UNAVAILABLE) throw error;
    }
  }
}

async function expectReserved(shop: Shop, eventId: string, count: number): Promise<void> {
  const { classes, balanced } = await shop.inventory.getLedger({ eventId });
  const reserved = classes[0]?.reservedLedger ?? 0;
  if (!balanced || reserved !== count) throw new Error(`${reserved} are held instead of ${count}`);
}

/** Whole purchases, and the looks at the order that a waiting buyer's page makes. */
export async function purchaseRound(shop: Shop, orders: number): Promise<Measured> {
  const { eventId, classId } = await shop.aSale(orders);
  const [order, payment] = [cpuOf(shop, 'order'), cpuOf(shop, 'payment')];
  const load = await closedLoop({
    concurrency: CONCURRENCY,
    calls: orders,
    call: async () => {
      const { orderId } = await buy(shop, eventId, classId);
      for (let poll = 0; poll < POLLS_PER_ORDER; poll++) await shop.orders.getOrder({ orderId });
    },
  });
  await ticketsOf(shop, eventId, orders);
  const each = (seconds: number, requests: number) => (seconds * 1000) / orders / requests;
  return {
    figures: {
      perSecond: load.perSecond,
      orderCpuMs: each(cpuOf(shop, 'order') - order, 1 + POLLS_PER_ORDER),
      paymentCpuMs: each(cpuOf(shop, 'payment') - payment, PAYMENTS_PER_ORDER),
    },
    work: { orders },
  };
}

/** The work of a purchase ends with its ticket. */
async function ticketsOf(shop: Shop, eventId: string, orders: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const { ticketsCount } = await shop.orders.getSaleLedger({ eventId }, { deadlineMs: 60_000 });
    if (ticketsCount === orders) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`not all of ${orders} orders have tickets after a minute`);
}
