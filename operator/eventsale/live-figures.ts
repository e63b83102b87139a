import type { Ticketing } from '#operator/external/ticketing.ts';
import { int64ToNumber } from '#runtime/int64.ts';
import { fromTimestamp } from '#runtime/timestamp.ts';

/** How a sale goes, as its services tell. A part whose service did not answer is not there; its last value stands. */
export interface LiveFigures {
  readonly room?: RoomFigures;
  readonly stock?: StockFigures;
  /** Counters of stock against the reservations behind them. */
  readonly stockLedger?: { readonly oversold: number; readonly balanced: boolean };
  readonly orders?: OrderFigures;
}

export interface RoomFigures {
  readonly waiting: number;
  readonly active: number;
  readonly admitted: number;
  /** Redis time of the first admission, Unix ms. */
  readonly firstAdmissionAt?: number | undefined;
  /** What the room tells buyers. */
  readonly state: string;
}

export interface StockFigures {
  readonly classes: readonly {
    readonly class: string;
    readonly total: number;
    readonly reserved: number;
    readonly sold: number;
  }[];
  readonly sold: number;
  readonly total: number;
}

export interface OrderFigures {
  /** Orders that wait for their money. */
  readonly pending: number;
  readonly paidWithoutTicket: number;
  readonly ticketWithoutPayment: number;
  readonly ticketWithoutStock: number;
}

export interface FiguresScope {
  readonly ticketing: Ticketing;
  readonly eventId: string;
  /** The order service reads every order of the event for its ledger: not at every look. */
  readonly withOrders: boolean;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown, part: string) => void;
}

/** Reads room, stock and ledgers at once; each fails for itself. */
export async function readFigures(scope: FiguresScope): Promise<LiveFigures> {
  const { ticketing, eventId, signal, withOrders } = scope;
  const options = { signal, idempotent: true, deadlineMs: 3_000 };
  const part = async <T>(name: string, find: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await find();
    } catch (error) {
      signal.throwIfAborted();
      scope.onFailure(error, name);
      return undefined;
    }
  };
  const [room, stock, stockLedger, orders] = await Promise.all([
    part('room', () => ticketing.waitroom.getRoom({ eventId }, options).then(roomFigures)),
    part('stock', () =>
      ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: false }, options).then(stockFigures),
    ),
    part('stock ledger', () => ticketing.inventory.getLedger({ eventId }, options)),
    withOrders
      ? part('orders', () => ticketing.orders.getSaleLedger({ eventId }, { ...options, deadlineMs: 10_000 }))
      : undefined,
  ]);
  return {
    ...(room === undefined ? {} : { room }),
    ...(stock === undefined ? {} : { stock }),
    ...(stockLedger === undefined
      ? {}
      : { stockLedger: { oversold: stockLedger.oversold, balanced: stockLedger.balanced } }),
    ...(orders === undefined
      ? {}
      : {
          orders: {
            pending: orders.pendingCount,
            paidWithoutTicket: orders.paidWithoutTicket,
            ticketWithoutPayment: orders.ticketWithoutPayment,
            ticketWithoutStock: orders.ticketWithoutStock,
          },
        }),
  };
}

type Room = Awaited<ReturnType<Ticketing['waitroom']['getRoom']>>;
function roomFigures(room: Room): RoomFigures {
  const first = fromTimestamp(room.firstAdmissionTime);
  return {
    waiting: int64ToNumber(room.waiting, 'waiting'),
    active: int64ToNumber(room.active, 'active'),
    admitted: int64ToNumber(room.admitted, 'admitted'),
    // A time that was never set arrives as nothing, or as zero.
    firstAdmissionAt: first === 0 ? undefined : first,
    state: String(room.tick?.state ?? 'ROOM_STATE_UNSPECIFIED'),
  };
}

type Stock = Awaited<ReturnType<Ticketing['inventory']['listTicketClasses']>>;
function stockFigures(stock: Stock): StockFigures {
  const classes = stock.classes
    .filter((one) => !one.rehearsal)
    .map((one) => ({ class: one.name, total: one.total, reserved: one.reserved, sold: one.sold }))
    .sort((a, b) => (a.class < b.class ? -1 : 1));
  return {
    classes,
    sold: classes.reduce((sum, one) => sum + one.sold, 0),
    total: classes.reduce((sum, one) => sum + one.total, 0),
  };
}

/**
 * Tells the room that everything is sold, and takes it back when stock comes back. Only sold counts: stock in hands that may
 * still let go is not gone, and buyers who are told "sold out" leave.
 */
export async function tellRoom(
  ticketing: Ticketing,
  eventId: string,
  { room, stock }: LiveFigures,
  signal: AbortSignal,
): Promise<void> {
  if (room === undefined || stock === undefined) return;
  const soldOut = stock.total > 0 && stock.sold >= stock.total;
  const listening = room.state !== 'ROOM_STATE_CLOSED' && room.state !== 'ROOM_STATE_NOT_ARMED';
  if (!listening || soldOut === (room.state === 'ROOM_STATE_SOLD_OUT')) return;
  await ticketing.waitroom.setSoldOut({ eventId, soldOut }, { signal, idempotent: true });
}

/** Whether the books agree, as far as they were read this time; undefined when they were not. */
export function booksOf({ stockLedger, orders }: LiveFigures): { balanced: boolean; detail: string } | undefined {
  if (stockLedger === undefined || orders === undefined) return undefined;
  const wrong = [
    stockLedger.oversold > 0 ? `${stockLedger.oversold} tickets oversold` : '',
    orders.paidWithoutTicket > 0 ? `${orders.paidWithoutTicket} orders paid without ticket or refund` : '',
    orders.ticketWithoutPayment > 0 ? `${orders.ticketWithoutPayment} orders with tickets but without payment` : '',
    orders.ticketWithoutStock > 0 ? `${orders.ticketWithoutStock} orders with tickets but without stock` : '',
    stockLedger.balanced ? '' : 'stock counters differ from the reservations behind them',
  ].filter((text) => text !== '');
  return { balanced: wrong.length === 0, detail: wrong.join(', ') };
}

/** One look may fail; books that nobody could read for so long must not go on to say that all is well. */
const BOOKS_LOST_AFTER_MS = 60_000;
/** Doors do not wait for ever: then `LedgerBalanced` says that the books are lost. */
const BOOKS_AWAITED_FOR_MS = 60_000;

/** Since when the books of one sale were not read. Monotonic ms. */
export class BooksWatch {
  #readAt: number | undefined;
  #takenOverAt: number | undefined;

  /** One look at the figures: whether the books could be read, and whether they count as lost by now. */
  isLost(wereRead: boolean, nowMs: number): boolean {
    if (wereRead || this.#readAt === undefined) this.#readAt = nowMs;
    return nowMs - this.#readAt >= BOOKS_LOST_AFTER_MS;
  }

  /** Another region had the sale until now. */
  takenOver(nowMs: number): void {
    this.#takenOverAt ??= nowMs;
  }

  /**
   * After a takeover: whether stock of paid orders that is lost here may still be on sale. `restated`: this look found that each
   * of them owns its own.
   */
  isAwaited(restated: boolean, nowMs: number): boolean {
    if (this.#takenOverAt === undefined) return false;
    if (restated || nowMs - this.#takenOverAt >= BOOKS_AWAITED_FOR_MS) this.#takenOverAt = undefined;
    return this.#takenOverAt !== undefined;
  }
}
