import type { CreateOrderRequest__Output } from '#proto/gen/ticketbottle/order/v1/CreateOrderRequest.ts';
import type { Order as WireOrder } from '#proto/gen/ticketbottle/order/v1/Order.ts';
import type { OrderState__Output } from '#proto/gen/ticketbottle/order/v1/OrderState.ts';
import type { Provider__Output } from '#proto/gen/ticketbottle/payment/v1/Provider.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { isUuid } from '#runtime/ids.ts';
import { toWireMoney } from '#runtime/money.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { WIRE_PROVIDER } from '../activities/activities.ts';
import { type Order, type OrderState, orderCodeOf, orderIdOf, type ProviderName } from '../domain/order.ts';
import { EVENT_CANCELLED, type OrderRequest } from '../workflows/contract.ts';

const PROVIDER_OF_WIRE: Readonly<Partial<Record<Provider__Output, ProviderName>>> = {
  PROVIDER_ZALOPAY: 'zalopay',
  PROVIDER_PAYOS: 'payos',
  PROVIDER_VNPAY: 'vnpay',
  PROVIDER_REHEARSAL: 'rehearsal',
};

export function parseId(value: string, field: string): string {
  if (!isUuid(value)) throw invalid('INVALID_ID', `${field} must be a UUID`, field);
  return value.toLowerCase();
}

/** Everything of a new order but whether it is a rehearsal, which only the admission token can say. */
export function parseCreateOrder(wire: CreateOrderRequest__Output): Omit<OrderRequest, 'rehearsal'> {
  if (wire.idempotencyKey === '' || wire.idempotencyKey.length > 200) {
    throw invalid('INVALID_KEY', 'idempotency_key must have 1 to 200 characters', 'idempotency_key');
  }
  if (wire.userId === '') throw invalid('INVALID_USER', 'user_id is missing', 'user_id');
  if (!/^[^@\s]+@[^@\s]+$/.test(wire.email)) throw invalid('INVALID_EMAIL', 'email is not an address', 'email');
  if (wire.lines.length === 0 || wire.lines.length > 20)
    throw invalid('INVALID_LINES', 'an order has 1 to 20 lines', 'lines');
  const provider = PROVIDER_OF_WIRE[wire.provider];
  if (provider === undefined) throw invalid('PROVIDER_UNKNOWN', `${wire.provider} cannot be used`, 'provider');
  const eventId = parseId(wire.eventId, 'event_id');
  const quantities = new Map<string, number>();
  for (const { ticketClassId, quantity } of wire.lines) {
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1000) {
      throw invalid('INVALID_QUANTITY', 'quantity must be 1 to 1000', 'lines.quantity');
    }
    const id = parseId(ticketClassId, 'lines.ticket_class_id');
    quantities.set(id, (quantities.get(id) ?? 0) + quantity);
  }
  const orderId = orderIdOf(wire.userId, eventId, wire.idempotencyKey);
  return {
    orderId,
    code: orderCodeOf(orderId),
    eventId,
    userId: wire.userId,
    email: wire.email,
    fullName: wire.fullName.slice(0, 200),
    language: wire.language || 'vi',
    provider,
    returnUrl: wire.returnUrl,
    lines: [...quantities].map(([ticketClassId, quantity]) => ({ ticketClassId, quantity })),
  };
}

/** Reasons that the saga gives by itself, and that mean something to it. */
const OWN_REASONS: readonly string[] = [EVENT_CANCELLED, 'NO_STOCK_LEFT', 'ORDER_CLOSED'];

/** Why somebody gives an order back. The buyer reads it too, where orders are read by programs. */
export function parseRefundReason(reason: string): string {
  if (reason === '') return 'GIVEN_BACK';
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(reason) || OWN_REASONS.includes(reason)) {
    const message = `reason must be a word of up to 64 A-Z, 0-9 and _, and none of ${OWN_REASONS.join(', ')}`;
    throw invalid('INVALID_REASON', message, 'reason');
  }
  return reason;
}

/** undefined for UNSPECIFIED: any. */
export function parseState(wire: OrderState__Output): OrderState | undefined {
  return wire === 'ORDER_STATE_UNSPECIFIED' ? undefined : (wire.slice('ORDER_STATE_'.length) as OrderState); // generated names
}

export function toWire(order: Order): WireOrder {
  return {
    id: order.id,
    code: order.code,
    eventId: order.eventId,
    userId: order.userId,
    email: order.email,
    fullName: order.fullName,
    lines: order.lines.map((line) => ({ ...line, unitPrice: toWireMoney(line.unitPrice) })),
    total: toWireMoney(order.total),
    state: `ORDER_STATE_${order.state}`,
    failureReason: order.failureReason,
    provider: WIRE_PROVIDER[order.provider],
    paymentUrl: order.paymentUrl,
    holdExpireTime: toTimestamp(order.holdExpireTimeMs),
    tickets: order.tickets.map((ticket) => ({ ...ticket })),
    createTime: toTimestamp(order.createTimeMs),
    updateTime: toTimestamp(order.updateTimeMs),
    rehearsal: order.rehearsal,
    language: order.language,
  };
}

function invalid(reason: string, message: string, field: string) {
  return invalidArgument(reason, message, { details: { field } });
}
