import type { Clock } from '#runtime/clock.ts';
import { notFound } from '#runtime/errors.ts';
import { int64ToNumber } from '#runtime/int64.ts';
import { createReadCache } from '#runtime/read-cache.ts';
import { toIso } from '#runtime/timestamp.ts';
import type { Clients } from './clients.ts';
import { totalsJson } from './sale-json.ts';

interface FiguresDeps {
  readonly clients: Pick<Clients, 'sales' | 'inventory' | 'waitroom'>;
  readonly clock: Clock;
}

const CALL = { deadlineMs: 5_000, idempotent: true } as const;

/**
 * A sale as it sells: stock from inventory's counters (sold times price is the revenue: what was given back is in neither), the
 * queue from the room, and what was ever sold and refunded from what orders said. However many watch, a sale is read at most
 * every two seconds by each gateway.
 */
export function createSaleFigures({ clients: { sales, inventory, waitroom }, clock }: FiguresDeps) {
  const cache = createReadCache({
    read: (key) => read(...(key.split(' ') as [string, string])),
    clock,
    maxAgeMs: 1_900,
    maxEntries: 1_000,
  });

  async function read(organiserId: string, name: string) {
    const { sale } = await sales.getSale({ organiserId, name }, CALL);
    if (sale === null || sale.organiserId !== organiserId) return undefined;
    const base = { name, phase: sale.phase, paused: sale.paused, readTime: toIso(clock.now()) };
    const { eventId } = sale;
    if (eventId === '') {
      const total = (sale.content?.classes ?? []).reduce((sum, one) => sum + one.quantity, 0);
      return { ...base, joined: 0, waiting: 0, admitted: 0, sold: 0, held: 0, total, classes: [] };
    }
    const [stock, room, { totals }] = await Promise.all([
      inventory.listTicketClasses({ eventId, includeRehearsal: false }, CALL),
      waitroom.getTick({ eventId }, CALL),
      sales.getSaleHistory({ organiserId, name, totalsOnly: true }, CALL),
    ]);
    const classes = stock.classes
      .filter((one) => !one.rehearsal)
      .map((one) => ({
        name: one.name,
        sold: one.sold,
        held: one.reserved,
        total: one.total,
        revenue: {
          amountMinor: one.sold * int64ToNumber(one.price?.amountMinor ?? '0', 'amountMinor'),
          currency: one.price?.currency ?? 'VND',
        },
      }));
    const sum = (value: (one: (typeof classes)[number]) => number) => classes.reduce((all, one) => all + value(one), 0);
    const [first] = classes;
    return {
      ...base,
      joined: int64ToNumber(room.tick?.issued ?? '0', 'issued'),
      waiting: int64ToNumber(sale.waitingCount, 'waiting_count'),
      admitted: int64ToNumber(sale.admittedCount, 'admitted_count'),
      sold: sum((one) => one.sold),
      held: sum((one) => one.held),
      total: sum((one) => one.total),
      ...(first && {
        revenue: { amountMinor: sum((one) => one.revenue.amountMinor), currency: first.revenue.currency },
      }),
      classes,
      totals: totalsJson(totals),
      ratePerSecond: room.tick?.ratePerSecond ?? 0,
    };
  }

  return {
    /** Throws NOT_FOUND for a sale that is not this organiser's. */
    async get(organiserId: string, name: string) {
      const figures = await cache.get(`${organiserId} ${name}`);
      if (figures === undefined) throw notFound('SALE_NOT_FOUND', 'there is no such sale');
      return figures;
    },
  };
}
