import type { InventoryServiceHandlers } from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import type { TicketClass as WireTicketClass } from '#proto/gen/ticketbottle/inventory/v1/TicketClass.ts';
import type { Clock } from '#runtime/clock.ts';
import { failedPrecondition, invalidArgument, ServiceError } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { money, multiplyMoney, sumMoney, toWireMoney } from '#runtime/money.ts';
import type { Pool } from '#runtime/pg.ts';
import { classifyPgError } from '#runtime/pg-errors.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { createAvailability } from '../domain/availability.ts';
import {
  outcomeOf,
  type ReserveAnswer,
  type ReserveCommand,
  refusalOf,
  type SettleAction,
  type SettleAnswer,
  type SettleCommand,
} from '../domain/reservation.ts';
import type { TicketClass } from '../domain/ticket-class.ts';
import { cancelEvent, ordersWithStock } from '../sql/cancelled-events.ts';
import { readLedger } from '../sql/ledger.ts';
import { listTicketClasses, readAvailability, upsertTicketClasses } from '../sql/ticket-classes.ts';
import { unconfirmed } from '../sql/unconfirmed.ts';
import { parseId, parseReserve, parseTicketClass } from './parse.ts';

export interface InventoryDeps {
  readonly db: Pool;
  readonly clock: Clock;
  readonly reserve: (command: ReserveCommand, signal: AbortSignal) => Promise<ReserveAnswer>;
  readonly settle: (command: SettleCommand, signal: AbortSignal) => Promise<SettleAnswer>;
  /** At most 1 s. */
  readonly availabilityMaxAgeMs: number;
}

const MAX_PAGE = 1_000;

/** The gRPC face of inventory: parse, call, map. */
export function inventoryService(deps: InventoryDeps): ImplementationOf<InventoryServiceHandlers> {
  const { db, clock } = deps;
  const availability = createAvailability({
    clock,
    maxAgeMs: deps.availabilityMaxAgeMs,
    read: (eventId) => readAvailability(db, eventId),
  });

  const settle = async (orderId: string, action: SettleAction, signal: AbortSignal) => {
    const answer = await deps.settle({ orderId: parseId(orderId, 'order_id'), action }, signal);
    const outcome = outcomeOf(action, answer);
    if (outcome instanceof ServiceError) throw outcome;
    return outcome.moved;
  };

  return {
    async reserve(request, ctx) {
      const answer = await deps.reserve(parseReserve(request, clock.now()), ctx.signal);
      const refusal = refusalOf(answer);
      if (refusal !== undefined) throw refusal;
      const lines = answer.lines.map((line) => ({
        ticketClassId: line.id,
        className: line.name,
        quantity: line.quantity,
        unitPrice: { amountMinor: line.priceMinor, currency: line.currency },
      }));
      const total = sumMoney(
        answer.lines.map((line) => multiplyMoney(money(BigInt(line.priceMinor), line.currency), line.quantity)),
        answer.lines[0]?.currency ?? 'VND',
      );
      return {
        lines,
        total: toWireMoney(total),
        expireTime: answer.expireTimeMs === undefined ? null : toTimestamp(answer.expireTimeMs),
      };
    },

    async confirm({ orderId }, ctx) {
      await settle(orderId, 'confirm', ctx.signal);
      return {};
    },
    async release({ orderId }, ctx) {
      return { released: await settle(orderId, 'release', ctx.signal) };
    },
    async return({ orderId }, ctx) {
      return { returned: await settle(orderId, 'return', ctx.signal) };
    },

    async cancelEvent(request) {
      await cancelEvent(db, parseId(request.eventId, 'event_id'));
      return {};
    },
    async listOrdersWithStock(request) {
      const limit = Math.min(request.pageSize > 0 ? request.pageSize : 100, MAX_PAGE);
      const after = request.pageToken === '' ? undefined : parseId(request.pageToken, 'page_token');
      const orderIds = await ordersWithStock(db, parseId(request.eventId, 'event_id'), after, limit);
      return { orderIds: [...orderIds], nextPageToken: orderIds.length === limit ? (orderIds.at(-1) ?? '') : '' };
    },
    async listUnconfirmed({ orderIds }) {
      if (orderIds.length > MAX_PAGE)
        throw invalidArgument('TOO_MANY', `order_ids holds more than ${MAX_PAGE}`, { details: { field: 'order_ids' } });
      const asked = orderIds.map((id) => parseId(id, 'order_ids'));
      return { orderIds: [...(await unconfirmed(db, asked))] };
    },

    async upsertTicketClasses(request) {
      const eventId = parseId(request.eventId, 'event_id');
      if (request.classes.length === 0)
        throw invalidArgument('INVALID_CLASSES', 'classes is empty', { details: { field: 'classes' } });
      const wanted = request.classes.map((item) => parseTicketClass(eventId, item));
      try {
        const stored = await upsertTicketClasses(db, eventId, wanted);
        if (stored.length < wanted.length)
          throw failedPrecondition('FOREIGN_CLASS', 'a class id belongs to another event');
      } catch (cause) {
        if (classifyPgError(cause)?.constraint === 'never_oversold') {
          throw failedPrecondition('TOTAL_BELOW_SOLD', 'total would be below what is sold or held', { cause });
        }
        throw cause;
      }
      return { classes: (await listTicketClasses(db, eventId)).map(toWire) };
    },
    async listTicketClasses(request) {
      const classes = await listTicketClasses(db, parseId(request.eventId, 'event_id'));
      return { classes: classes.filter((item) => request.includeRehearsal || !item.rehearsal).map(toWire) };
    },
    async getAvailability(request) {
      const { classes, readAtMs } = await availability(parseId(request.eventId, 'event_id'));
      return {
        classes: classes.map(({ class: item, available }) => ({
          ticketClassId: item.id,
          name: item.name,
          available,
          price: toWireMoney(item.price),
          maxPerOrder: item.maxPerOrder,
        })),
        soldOut: classes.length > 0 && classes.every(({ available }) => available === 0),
        readTime: toTimestamp(readAtMs),
      };
    },
    async getLedger(request) {
      const classes = await readLedger(db, parseId(request.eventId, 'event_id'));
      return {
        classes: [...classes],
        oversold: classes.reduce((sum, item) => sum + item.oversold, 0),
        balanced: classes.every(
          (item) => item.reservedCounter === item.reservedLedger && item.soldCounter === item.soldLedger,
        ),
      };
    },
  };
}

function toWire(item: TicketClass): WireTicketClass {
  return { ...item, price: toWireMoney(item.price) };
}
