import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import type {
  PaymentServiceDefinition,
  PaymentServiceHandlers,
} from '#proto/gen/ticketbottle/payment/v1/PaymentService.ts';
import type {
  WaitroomServiceDefinition,
  WaitroomServiceHandlers,
} from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import { TOPIC } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { isRetryable, ServiceError } from '#runtime/errors.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { fromTimestamp, toTimestamp } from '#runtime/timestamp.ts';
import type { ProviderName } from '../domain/order.ts';
import { type TicketSigner, ticketsOf } from '../domain/tickets.ts';
import type { StoredOrder } from '../store/order-item.ts';
import type { OrderTable } from '../store/order-table.ts';
import type { Notice } from '../store/outbox-item.ts';
import {
  EVENT_CANCELLED,
  type HeldStock,
  type OrderActivities,
  type OrderRequest,
  type ReserveOutcome,
} from '../workflows/contract.ts';
import type { Notices } from './notices.ts';

export type InventoryClient = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers>;
export type PaymentClient = ClientOf<PaymentServiceDefinition, PaymentServiceHandlers>;
export type WaitroomClient = ClientOf<WaitroomServiceDefinition, WaitroomServiceHandlers>;

export interface ActivityDeps {
  readonly table: OrderTable;
  readonly inventory: InventoryClient;
  readonly payment: PaymentClient;
  readonly waitroom: WaitroomClient;
  readonly notices: Notices;
  readonly signer: TicketSigner;
  /** Told of each order that has its tickets: seconds since the money came. */
  readonly onTickets?: (seconds: number) => void;
  readonly clock: Clock;
}

export const WIRE_PROVIDER = {
  zalopay: 'PROVIDER_ZALOPAY',
  payos: 'PROVIDER_PAYOS',
  vnpay: 'PROVIDER_VNPAY',
  rehearsal: 'PROVIDER_REHEARSAL',
} as const satisfies Record<ProviderName, string>;

/** Why an order was refused whose admission went on to the buyer's next one. */
export const SUPERSEDED = 'SUPERSEDED';

/** Every call below may be sent twice: the callee knows the order id. */
const CALL = { idempotent: true, deadlineMs: 8_000 } as const;

/** What the order workflow does in the world. Refusals are values; what is thrown is tried again by the workflow's policies. */
export function createActivities(deps: ActivityDeps): OrderActivities {
  const { table, inventory, payment, waitroom } = deps;

  const reserve = async (request: OrderRequest, expireTimeMs: number): Promise<ReserveOutcome> => {
    const { orderId, eventId, userId, rehearsal, lines } = request;
    try {
      const held = await inventory.reserve(
        { orderId, eventId, userId, rehearsal, lines: [...lines], expireTime: toTimestamp(expireTimeMs) },
        CALL,
      );
      const stock: HeldStock = {
        lines: held.lines.map((line) => ({
          ticketClassId: line.ticketClassId,
          className: line.className,
          quantity: line.quantity,
          unitPriceMinor: line.unitPrice?.amountMinor ?? '0',
        })),
        totalMinor: held.total?.amountMinor ?? '0',
        currency: held.total?.currency ?? 'VND',
        expireTimeMs: fromTimestamp(held.expireTime) ?? expireTimeMs,
      };
      return { kind: 'held', stock };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return await refused(eventId, error.reason);
    }
  };

  const refused = async (eventId: string, reason: string): Promise<ReserveOutcome> => {
    // The slot of one that was superseded belongs to the buyer's next order.
    const choosable = reason === 'SOLD_OUT' || reason === 'LIMIT_EXCEEDED' || reason === SUPERSEDED;
    const nothingLeft =
      !choosable || (reason === 'SOLD_OUT' && (await inventory.getAvailability({ eventId }, CALL)).soldOut);
    return { kind: 'refused', reason, nothingLeft };
  };

  /** Nothing to give back is fine; sold meanwhile, too: whoever sold it knows what to do with it. */
  const release = async (orderId: string): Promise<void> => {
    await inventory.release({ orderId }, CALL).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
  };

  const fail = async (request: OrderRequest, reason: string, nowMs: number): Promise<void> => {
    if (!(await table.create(failedOrderOf(request, reason, nowMs))))
      await table.move(request.orderId, 'FAILED', reason);
  };

  return {
    async holdStock(request, expireTimeMs, nowMs) {
      const { orderId, eventId } = request;
      const outcome = await reserve(request, expireTimeMs);
      if (outcome.kind === 'refused') {
        await fail(request, outcome.reason, nowMs);
        return outcome;
      }
      const order = orderOf(request, outcome.stock, nowMs);
      if (await table.create(order)) {
        deps.notices.remember(order);
        return outcome;
      }
      // A run whose answer was lost was here before. Its refusal stands: the buyer may have been told.
      const known = await table.get(orderId);
      if (known?.state !== 'FAILED') {
        // Its hold ended while nobody worked, and was taken anew: the order must not name the old end.
        if (known !== undefined && known.holdExpireTimeMs < outcome.stock.expireTimeMs)
          await table.storeHold(orderId, outcome.stock.expireTimeMs);
        return outcome;
      }
      await release(orderId);
      return await refused(eventId, known.failureReason);
    },

    async holdAgain(request, expireTimeMs) {
      const outcome = await reserve(request, expireTimeMs);
      return outcome.kind === 'held' || (outcome.reason === EVENT_CANCELLED && EVENT_CANCELLED);
    },

    releaseStock: release,

    async returnStock(orderId) {
      await inventory.return({ orderId }, CALL).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
      });
    },

    async createPayment(request, stock, expireTimeMs) {
      try {
        const { payment: made } = await payment.createPayment(
          {
            idempotencyKey: `order/${request.orderId}`,
            orderId: request.orderId,
            eventId: request.eventId,
            provider: WIRE_PROVIDER[request.provider],
            amount: { amountMinor: stock.totalMinor, currency: stock.currency },
            description: request.code,
            returnUrl: request.returnUrl,
            expireTime: toTimestamp(expireTimeMs),
            holdExpireTime: toTimestamp(stock.expireTimeMs),
          },
          { ...CALL, deadlineMs: 9_500 },
        );
        if (made === null) throw new Error('payment answered without a payment');
        const initiated = { id: made.id, expireTimeMs };
        const notice: Notice = { topic: TOPIC.orderCreated, orderId: request.orderId, initiated };
        await table.storePaymentUrl(request.orderId, made.paymentUrl, request.rehearsal ? undefined : notice);
        return {
          kind: 'link',
          url: made.paymentUrl,
          paymentId: made.id,
          captured: made.state === 'PAYMENT_STATE_CAPTURED',
        };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return { kind: 'refused', reason: error.reason };
      }
    },

    async announce(orderId, initiated) {
      await deps.notices.publish({ topic: TOPIC.orderCreated, orderId, initiated });
    },

    async cancelPayment(orderId) {
      const { payment: left } = await payment.cancelPayment({ orderId }, { ...CALL, deadlineMs: 18_000 });
      return left?.state === 'PAYMENT_STATE_CAPTURED';
    },

    async refundPayment(orderId, reason) {
      try {
        const { payment: left } = await payment.refundPayment(
          { orderId, reason, ticketsVoid: true },
          { ...CALL, deadlineMs: 18_000 },
        );
        return left?.state === 'PAYMENT_STATE_REFUNDED';
      } catch (error) {
        // No payment, or none that took money: nothing to give back.
        if (isRefusal(error) && (error.code === 'NOT_FOUND' || error.reason === 'NOT_CAPTURED')) return true;
        throw error;
      }
    },

    async moveOrder(orderId, to, reason) {
      const notice: Notice | undefined =
        to === 'REFUNDED' ? { topic: TOPIC.orderRefunded, orderId, initiated: undefined } : undefined;
      return (await table.move(orderId, to, reason, notice)) ?? to;
    },

    failOrder: fail,

    async fulfil(orderId) {
      try {
        await inventory.confirm({ orderId }, CALL);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // Unknown: the last moments of its store were lost, and with them this hold.
        return error.reason === 'HOLD_EXPIRED' || error.reason === 'UNKNOWN_ORDER' ? 'expired' : 'gone';
      }
      const order = await table.get(orderId);
      if (order === undefined) return 'closed'; // An undone rehearsal.
      if (order.state === 'PAID') return 'paid';
      const tickets = ticketsOf(order, deps.signer);
      const notice: Notice = { topic: TOPIC.orderPaid, orderId, initiated: undefined };
      const { state, fresh } = await table.issue(orderId, tickets, notice);
      if (fresh) deps.notices.remember({ ...order, state: 'PAID', tickets });
      return state === 'PAID' ? 'paid' : 'closed';
    },

    async publishOrderPaid(orderId, paidTimeMs) {
      await deps.notices.publish({ topic: TOPIC.orderPaid, orderId, initiated: undefined });
      if (paidTimeMs !== undefined) deps.onTickets?.(Math.max(0, deps.clock.now() - paidTimeMs) / 1000);
    },

    async publishOrderRefunded(orderId) {
      await deps.notices.publish({ topic: TOPIC.orderRefunded, orderId, initiated: undefined });
    },

    async releaseSlot(eventId, userId, outcome) {
      await waitroom
        .releaseSlot({ eventId, userId, outcome }, { ...CALL, deadlineMs: 3_000 })
        .catch((error: unknown) => {
          if (!isRefusal(error)) throw error;
        });
    },

    async readOrder(orderId) {
      const order = await table.get(orderId);
      if (order === undefined) return undefined;
      const ticketsVoid = order.state === 'REFUNDING' && order.tickets.length > 0;
      return { state: order.state, request: requestOf(order), failureReason: order.failureReason, ticketsVoid };
    },

    async deleteRehearsal(orderId) {
      await table.deleteRehearsal(orderId);
    },
  };
}

/** An answer that stays the same however often one asks. */
function isRefusal(error: unknown): error is ServiceError {
  return (
    error instanceof ServiceError &&
    !isRetryable(error) &&
    ['RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'NOT_FOUND', 'INVALID_ARGUMENT', 'ALREADY_EXISTS'].includes(
      error.code,
    )
  );
}

function orderOf(request: OrderRequest, stock: HeldStock, nowMs: number): StoredOrder {
  const { currency } = stock;
  return {
    id: request.orderId,
    code: request.code,
    eventId: request.eventId,
    userId: request.userId,
    email: request.email,
    fullName: request.fullName,
    language: request.language,
    provider: request.provider,
    returnUrl: request.returnUrl,
    rehearsal: request.rehearsal,
    lines: stock.lines.map(({ unitPriceMinor, ...line }) => ({
      ...line,
      unitPrice: { amountMinor: BigInt(unitPriceMinor), currency },
    })),
    total: { amountMinor: BigInt(stock.totalMinor), currency },
    state: 'PENDING',
    failureReason: '',
    paymentUrl: '',
    holdExpireTimeMs: stock.expireTimeMs,
    tickets: [],
    createTimeMs: nowMs,
    updateTimeMs: nowMs,
  };
}

export function failedOrderOf(request: OrderRequest, reason: string, nowMs: number): StoredOrder {
  const lines = request.lines.map((line) => ({ ...line, className: '', unitPriceMinor: '0' }));
  const wish: HeldStock = { lines, totalMinor: '0', currency: 'VND', expireTimeMs: nowMs };
  return { ...orderOf(request, wish, nowMs), state: 'FAILED', failureReason: reason };
}

function requestOf(order: StoredOrder): OrderRequest {
  const { code, eventId, userId, email, fullName, language, provider, returnUrl, rehearsal } = order;
  const lines = order.lines.map(({ ticketClassId, quantity }) => ({ ticketClassId, quantity }));
  return { orderId: order.id, code, eventId, userId, email, fullName, language, provider, returnUrl, rehearsal, lines };
}
