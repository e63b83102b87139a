import type { ReserveRequest__Output } from '#proto/gen/ticketbottle/inventory/v1/ReserveRequest.ts';
import type { TicketClass__Output } from '#proto/gen/ticketbottle/inventory/v1/TicketClass.ts';
import { ID_NAMESPACE, ticketClassIdName } from '#proto/names.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { isUuid, uuidV5 } from '#runtime/ids.ts';
import { fromWireMoney } from '#runtime/money.ts';
import { fromTimestamp, toIso } from '#runtime/timestamp.ts';
import type { ReserveCommand } from '../domain/reservation.ts';
import type { TicketClass } from '../domain/ticket-class.ts';

/** Lines of one order: a bound on the work one request can cause under a lock. */
const MAX_LINES = 20;
/** The longest hold anybody may ask for. */
const MAX_HOLD_MS = 24 * 3600 * 1000;

/** A UUID in lower case, as Postgres writes it. Throws INVALID_ARGUMENT INVALID_ID naming the field. */
export function parseId(value: string, field: string): string {
  if (!isUuid(value)) throw invalidArgument('INVALID_ID', `${field} must be a UUID`, { details: { field } });
  return value.toLowerCase();
}

/** Throws INVALID_ARGUMENT naming the field. Lines of the same class become one. */
export function parseReserve(request: ReserveRequest__Output, nowMs: number): ReserveCommand {
  if (request.userId === '')
    throw invalidArgument('INVALID_USER', 'user_id is missing', { details: { field: 'user_id' } });
  if (request.lines.length === 0 || request.lines.length > MAX_LINES) {
    throw invalidArgument('INVALID_LINES', `an order has 1 to ${MAX_LINES} lines`, { details: { field: 'lines' } });
  }
  const lines: Record<string, number> = {};
  for (const { ticketClassId, quantity } of request.lines) {
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1000) {
      throw invalidArgument('INVALID_QUANTITY', 'quantity must be 1 to 1000', { details: { field: 'lines.quantity' } });
    }
    const id = parseId(ticketClassId, 'lines.ticket_class_id');
    lines[id] = (lines[id] ?? 0) + quantity;
  }
  const expireMs = fromTimestamp(request.expireTime, 'expire_time');
  if (expireMs === undefined || expireMs > nowMs + MAX_HOLD_MS) {
    throw invalidArgument('INVALID_TIME', 'expire_time must be set, at most a day ahead', {
      details: { field: 'expire_time' },
    });
  }
  return {
    orderId: parseId(request.orderId, 'order_id'),
    eventId: parseId(request.eventId, 'event_id'),
    userId: request.userId,
    rehearsal: request.rehearsal,
    expireTime: toIso(expireMs),
    lines,
  };
}

/** A class as the operator wants it; the id is derived from event and name when it is not given. */
export function parseTicketClass(
  eventId: string,
  wire: TicketClass__Output,
): Omit<TicketClass, 'eventId' | 'reserved' | 'sold'> {
  const field = (name: string, ok: boolean) => {
    if (!ok)
      throw invalidArgument('INVALID_CLASS', `${name} of class "${wire.name}" is out of range`, {
        details: { field: name },
      });
  };
  field('name', wire.name.length > 0 && wire.name.length <= 100);
  field('total', Number.isInteger(wire.total) && wire.total >= 0);
  field('max_per_order', Number.isInteger(wire.maxPerOrder) && wire.maxPerOrder > 0);
  field('max_per_account', Number.isInteger(wire.maxPerAccount) && wire.maxPerAccount >= 0);
  const price = fromWireMoney(wire.price);
  field('price', price.amountMinor >= 0n);
  return {
    id: wire.id === '' ? uuidV5(ID_NAMESPACE, ticketClassIdName(eventId, wire.name)) : parseId(wire.id, 'classes.id'),
    name: wire.name,
    price,
    total: wire.total,
    maxPerOrder: wire.maxPerOrder,
    maxPerAccount: wire.maxPerAccount,
    rehearsal: wire.rehearsal,
  };
}
