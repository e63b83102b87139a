import type { Ticketing } from '#operator/external/ticketing.ts';
import { int64ToNumber } from '#runtime/int64.ts';
import { fromTimestamp } from '#runtime/timestamp.ts';

/** How a sale goes, as its services tell. */
export interface LiveFigures {
  readonly waitroom: { readonly waiting: number; readonly active: number; readonly admitted: number };
  readonly inventory: readonly {
    readonly class: string;
    readonly total: number;
    readonly reserved: number;
    readonly sold: number;
  }[];
  readonly sold: number;
  readonly total: number;
  /** Orders that wait for their money. */
  readonly pending: number;
  readonly ledger: {
    readonly oversold: number;
    readonly paidWithoutTicket: number;
    readonly ticketWithoutPayment: number;
    /** Counters of stock equal the reservations behind them. */
    readonly balanced: boolean;
  };
  /** Redis time of the first admission, Unix ms. */
  readonly firstAdmissionAt?: number | undefined;
  /** What the room tells buyers. */
  readonly roomSoldOut: boolean;
  readonly roomState: string;
}

/** Reads the room, the stock and both ledgers at once. Throws when one of them does not answer. */
export async function readFigures(ticketing: Ticketing, eventId: string, signal: AbortSignal): Promise<LiveFigures> {
  const options = { signal, idempotent: true, deadlineMs: 3_000 };
  const [room, stock, stockLedger, saleLedger] = await Promise.all([
    ticketing.waitroom.getRoom({ eventId }, options),
    ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: false }, options),
    ticketing.inventory.getLedger({ eventId }, options),
    ticketing.orders.getSaleLedger({ eventId }, options),
  ]);
  const classes = stock.classes.filter((one) => !one.rehearsal);
  const inventory = classes.map((one) => ({
    class: one.name,
    total: one.total,
    reserved: one.reserved,
    sold: one.sold,
  }));
  const roomState = String(room.tick?.state ?? 'ROOM_STATE_UNSPECIFIED');
  return {
    waitroom: {
      waiting: int64ToNumber(room.waiting, 'waiting'),
      active: int64ToNumber(room.active, 'active'),
      admitted: int64ToNumber(room.admitted, 'admitted'),
    },
    inventory: inventory.sort((a, b) => (a.class < b.class ? -1 : 1)),
    sold: inventory.reduce((sum, one) => sum + one.sold, 0),
    total: inventory.reduce((sum, one) => sum + one.total, 0),
    pending: saleLedger.pendingCount,
    ledger: {
      oversold: stockLedger.oversold,
      paidWithoutTicket: saleLedger.paidWithoutTicket,
      ticketWithoutPayment: saleLedger.ticketWithoutPayment,
      balanced: stockLedger.balanced,
    },
    firstAdmissionAt: firstAdmission(room.firstAdmissionTime),
    roomSoldOut: roomState === 'ROOM_STATE_SOLD_OUT',
    roomState,
  };
}

/** A time that was never set arrives as nothing, or as zero. */
function firstAdmission(time: { seconds?: unknown; nanos?: unknown } | null | undefined): number | undefined {
  const at = fromTimestamp(time);
  return at === undefined || at === 0 ? undefined : at;
}

/**
 * Tells the room that everything is sold, and takes it back when stock comes back. Only sold counts: stock in hands that may
 * still let go is not gone, and buyers who are told "sold out" leave.
 */
export async function tellRoom(
  ticketing: Ticketing,
  eventId: string,
  figures: LiveFigures,
  signal: AbortSignal,
): Promise<void> {
  const soldOut = figures.total > 0 && figures.sold >= figures.total;
  const listening = figures.roomState !== 'ROOM_STATE_CLOSED' && figures.roomState !== 'ROOM_STATE_NOT_ARMED';
  if (!listening || soldOut === figures.roomSoldOut) return;
  await ticketing.waitroom.setSoldOut({ eventId, soldOut }, { signal, idempotent: true });
}
