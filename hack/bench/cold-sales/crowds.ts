import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '#runtime/errors.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { type Admitted, buy, type PaidListener } from '../purchase/buyers.ts';

/** One on-sale of the shop, its doors open. */
export interface Sale {
  readonly eventId: string;
  readonly classId: string;
}

/** What a buyer of a cold sale waited for, ms each. */
export interface Waits {
  /** From coming until let in: join, tick, claim. */
  readonly entry: number[];
  /** From the order until its payment link. */
  readonly place: number[];
  /** From the money until order.paid. */
  readonly ticket: number[];
  /** All of it. */
  readonly whole: number[];
}

/** Joins, and asks until it is this buyer's turn. */
async function enter(shop: Shop, { eventId }: Sale, patience: AbortSignal): Promise<Admitted> {
  const userId = randomUUID();
  await shop.waitroom.join({ eventId, userId });
  for (;;) {
    try {
      const { admissionToken } = await shop.waitroom.claim({ eventId, userId });
      return { userId, admissionToken };
    } catch (error) {
      if (!(error instanceof ServiceError) || error.reason !== 'NOT_ADMITTED_YET') throw error;
      await sleep(50, undefined, { signal: patience });
    }
  }
}

/** Buyers of many small sales, one after another at an even pace, whatever the shop makes of them. */
export async function coldBuyers(
  shop: Shop,
  sales: readonly Sale[],
  options: {
    readonly buyers: number;
    readonly everyMs: number;
    readonly paid: PaidListener;
    readonly signal: AbortSignal;
  },
): Promise<Waits> {
  const waits: Waits = { entry: [], place: [], ticket: [], whole: [] };
  const comes = async (index: number) => {
    const sale = sales[index % sales.length] as Sale; // there is at least one
    const came = Date.now();
    const admitted = await enter(shop, sale, options.signal);
    const entered = Date.now();
    const { orderId, calledMs, placedMs, moneyMs } = await buy(shop, sale.eventId, sale.classId, admitted);
    const paidMs = await options.paid.paid(orderId, 120_000);
    waits.entry.push(entered - came);
    waits.place.push(placedMs - calledMs);
    waits.ticket.push(paidMs - moneyMs);
    waits.whole.push(paidMs - came);
  };
  const running: Promise<void>[] = [];
  for (let index = 0; index < options.buyers; index++) {
    const one = comes(index);
    one.catch(() => {}); // Awaited below.
    running.push(one);
    await sleep(options.everyMs, undefined, { signal: options.signal });
  }
  await Promise.all(running);
  return waits;
}

export interface HotWork {
  readonly joined: number;
  readonly bought: number;
}

/**
 * The crowd of a hot sale until the signal aborts: people who come and wait at an even pace, far more than are let in, and
 * buyers who are let in at an even pace too, as the rate in the gate has it.
 */
export async function hotCrowd(
  shop: Shop,
  sale: Sale,
  options: { readonly joinsPerSecond: number; readonly admissionsPerSecond: number; readonly until: AbortSignal },
): Promise<HotWork> {
  const { joinsPerSecond, admissionsPerSecond, until } = options;
  const work = { joined: 0, bought: 0 };
  await Promise.all([
    // Refused or late: counted by what is missing.
    evenly(joinsPerSecond, until, async () => {
      await shop.waitroom.join({ eventId: sale.eventId, userId: randomUUID() }).then(
        () => void work.joined++,
        () => {},
      );
    }),
    evenly(admissionsPerSecond, until, async () => {
      await buy(shop, sale.eventId, sale.classId);
      work.bought++;
    }),
  ]);
  return work;
}

/** Purchases per second that the shop carries when `buyers` buy one after the other. */
export async function carriedPerSecond(shop: Shop, sale: Sale, buyers: number, seconds: number): Promise<number> {
  const ends = performance.now() + seconds * 1000;
  let bought = 0;
  const buying = Array.from({ length: buyers }, async () => {
    while (performance.now() < ends) {
      await buy(shop, sale.eventId, sale.classId);
      bought++;
    }
  });
  await Promise.all(buying);
  return bought / seconds;
}

/** Begins a piece of work so often, whatever becomes of those before, and waits for the last of them. */
async function evenly(perSecond: number, until: AbortSignal, begin: () => Promise<void>): Promise<void> {
  const started = performance.now();
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (let sent = 0; !until.aborted && failures.length === 0; sent++) {
    const due = started + (sent * 1000) / perSecond - performance.now();
    if (due > 0) await sleep(due, undefined, { signal: until }).catch(() => {});
    if (until.aborted) break;
    const one: Promise<void> = begin()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
