import { ORDER_EVENT_SHARDS, orderEventKey } from '#proto/names.ts';
import { internal } from '#runtime/errors.ts';
import { toIso } from '#runtime/timestamp.ts';
import type { Order, OrderLine, OrderState, ProviderName, Ticket } from '../domain/order.ts';

/**
 * An order as an item of the table. `user_id`+`created_at` and `event_id`+`status` are the keys of its two indexes. `event_id`
 * is `<event id>#<shard>`: a key of an index takes 1,000 writes a second, and the orders of one sale come faster.
 */
export interface OrderItem {
  readonly order_id: string;
  readonly code: string;
  readonly user_id: string;
  readonly event_id: string;
  readonly status: OrderState;
  /** RFC 3339 in UTC, which sorts as text. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly email: string;
  readonly full_name: string;
  readonly language: string;
  readonly provider: ProviderName;
  readonly return_url: string;
  readonly rehearsal: boolean;
  readonly lines: readonly {
    readonly ticket_class_id: string;
    readonly class_name: string;
    readonly quantity: number;
    readonly unit_price_minor: string;
  }[];
  readonly total_minor: string;
  readonly currency: string;
  readonly failure_reason: string;
  readonly payment_url: string;
  readonly hold_expires_at: string;
  readonly tickets?: readonly {
    readonly id: string;
    readonly ticket_class_id: string;
    readonly class_name: string;
    readonly qr_payload: string;
  }[];
}

export function toItem(order: Order & { readonly returnUrl: string }): OrderItem {
  return {
    order_id: order.id,
    code: order.code,
    user_id: order.userId,
    event_id: orderEventKey(order.eventId, shardOf(order.id)),
    status: order.state,
    created_at: toIso(order.createTimeMs),
    updated_at: toIso(order.updateTimeMs),
    email: order.email,
    full_name: order.fullName,
    language: order.language,
    provider: order.provider,
    return_url: order.returnUrl,
    rehearsal: order.rehearsal,
    lines: order.lines.map((line) => ({
      ticket_class_id: line.ticketClassId,
      class_name: line.className,
      quantity: line.quantity,
      unit_price_minor: line.unitPrice.amountMinor.toString(),
    })),
    total_minor: order.total.amountMinor.toString(),
    currency: order.total.currency,
    failure_reason: order.failureReason,
    payment_url: order.paymentUrl,
    hold_expires_at: toIso(order.holdExpireTimeMs),
  };
}

/** The same for the same order, spread evenly: order ids are hashes. */
export function shardOf(orderId: string): number {
  return Number.parseInt(orderId.slice(0, 8), 16) % ORDER_EVENT_SHARDS;
}

export type StoredOrder = Order & { readonly returnUrl: string };

/** Items are written by this service only; one without its keys is a fault of the table. */
export function fromItem(raw: Record<string, unknown>): StoredOrder {
  if (
    typeof raw['order_id'] !== 'string' ||
    typeof raw['status'] !== 'string' ||
    typeof raw['created_at'] !== 'string'
  ) {
    throw internal('BAD_ITEM', 'an order item has no key fields');
  }
  const item = raw as unknown as OrderItem; // written by toItem, checked above
  const { currency } = item;
  const lines: OrderLine[] = item.lines.map((line) => ({
    ticketClassId: line.ticket_class_id,
    className: line.class_name,
    quantity: line.quantity,
    unitPrice: { amountMinor: BigInt(line.unit_price_minor), currency },
  }));
  const tickets: Ticket[] = (item.tickets ?? []).map((ticket) => ({
    id: ticket.id,
    ticketClassId: ticket.ticket_class_id,
    className: ticket.class_name,
    qrPayload: ticket.qr_payload,
  }));
  return {
    id: item.order_id,
    code: item.code,
    eventId: item.event_id.split('#')[0] ?? '',
    userId: item.user_id,
    email: item.email,
    fullName: item.full_name,
    language: item.language,
    lines,
    total: { amountMinor: BigInt(item.total_minor), currency },
    state: item.status,
    failureReason: item.failure_reason,
    provider: item.provider,
    paymentUrl: item.payment_url,
    holdExpireTimeMs: Date.parse(item.hold_expires_at),
    tickets,
    createTimeMs: Date.parse(item.created_at),
    updateTimeMs: Date.parse(item.updated_at),
    rehearsal: item.rehearsal,
    returnUrl: item.return_url,
  };
}
