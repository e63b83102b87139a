import type { OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import type { Clock } from '#runtime/clock.ts';
import { failedPrecondition, internal, invalidArgument, notFound, unavailable } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { toWireMoney } from '#runtime/money.ts';
import type { JwtVerifier } from '#runtime/tokens.ts';
import { failedOrderOf, type InventoryClient, type PaymentClient, SUPERSEDED } from '../activities/activities.ts';
import { type Admission, verifyAdmission } from '../domain/admission.ts';
import { orderCodeOf } from '../domain/order.ts';
import type { OrderWorkflows } from '../order-workflows.ts';
import type { StoredOrder } from '../store/order-item.ts';
import type { OrderTable } from '../store/order-table.ts';
import type { ScanTable } from '../store/scan-table.ts';
import type { OrderActivities, OrderRequest } from '../workflows/contract.ts';
import { parseCreateOrder, parseId, parseRefundReason, parseState, toWire } from './order-wire.ts';
import { readSaleLedger } from './read-ledger.ts';
import { restateStock } from './restate-stock.ts';
import { scanTicket } from './scan-ticket.ts';

export interface OrderServiceDeps {
  readonly table: OrderTable;
  readonly scans: ScanTable;
  readonly workflows: OrderWorkflows;
  readonly payment: PaymentClient;
  readonly inventory: InventoryClient;
  readonly activities: OrderActivities;
  readonly verifyToken: JwtVerifier;
  readonly clock: Clock;
}

/** Left for reading the order after the wait, and for the way back. */
const ANSWER_MS = 1_000;
const MAX_PAGE = 100;

/** How long a call may wait for its order. */
const withinMs = (ctx: { remainingMs(): number }) => Math.max(1, Math.min(ctx.remainingMs(), 30_000) - ANSWER_MS);

/** The gRPC face of order: parse, call, map. */
export function orderService(deps: OrderServiceDeps): ImplementationOf<OrderServiceHandlers> {
  const { table, workflows, clock } = deps;

  /** Another account's order does not exist for the caller. */
  const visible = async (orderId: string, userId: string): Promise<StoredOrder> => {
    const order = await table.get(parseId(orderId, 'order_id'));
    if (order === undefined || (userId !== '' && order.userId !== userId))
      throw notFound('ORDER_NOT_FOUND', 'there is no such order');
    return order;
  };

  /**
   * One token, one order; but who was refused for want of stock may choose again with the same token. An order that nobody has
   * written down died on its way to Temporal, or is just being made: written as refused here, it gets no stock any more.
   */
  const useToken = async ({ jti, expireTimeMs }: Admission, request: OrderRequest) => {
    const { orderId } = request;
    const usedBy = await table.useToken(jti, orderId, expireTimeMs);
    if (usedBy === orderId) return;
    const superseded = { ...request, orderId: usedBy, code: orderCodeOf(usedBy) };
    await table.create(failedOrderOf(superseded, SUPERSEDED, clock.now()));
    const earlier = await table.get(usedBy);
    const refused = earlier?.state === 'FAILED' && earlier.paymentUrl === '';
    if (!refused || !(await table.handToken(jti, usedBy, orderId))) {
      throw failedPrecondition('TOKEN_USED', 'this admission has been used for another order');
    }
  };

  const admit = async (request: Omit<OrderRequest, 'rehearsal'>, token: string): Promise<OrderRequest> => {
    const admission = await verifyAdmission(deps.verifyToken, token, request.userId, request.eventId);
    if (admission.rehearsal !== (request.provider === 'rehearsal')) {
      throw invalidArgument(
        'PROVIDER_NOT_ALLOWED',
        'rehearsals pay with the rehearsal provider, and nobody else does',
        {
          details: { field: 'provider' },
        },
      );
    }
    const admitted = { ...request, rehearsal: admission.rehearsal };
    await useToken(admission, admitted);
    return admitted;
  };

  return {
    async createOrder(wire, ctx) {
      const request = parseCreateOrder(wire);
      // Asked again, perhaps because the first answer was lost: the token may have ended meanwhile, the order stands.
      const known = await table.get(request.orderId);
      if (known !== undefined && (known.state !== 'PENDING' || known.paymentUrl !== ''))
        return { order: toWire(known) };
      const admitted =
        known === undefined ? await admit(request, wire.admissionToken) : { ...request, rehearsal: known.rehearsal };
      await workflows.place(admitted, withinMs(ctx));
      const order = await table.get(request.orderId);
      if (order === undefined) throw internal('ORDER_MISSING', 'the order was placed and is not in the table');
      return { order: toWire(order) };
    },

    async getOrder({ orderId, userId }) {
      return { order: toWire(await visible(orderId, userId)) };
    },

    async listOrders(request) {
      const limit = Math.min(request.pageSize > 0 ? request.pageSize : 20, MAX_PAGE);
      const state = parseState(request.state);
      if (request.userId === '' && request.eventId === '')
        throw invalidArgument('INVALID_FILTER', 'user_id or event_id must be set');
      const page =
        request.userId !== ''
          ? await table.listByUser(request.userId, limit, request.pageToken)
          : await table.listByEvent(parseId(request.eventId, 'event_id'), state, limit, request.pageToken);
      const orders = page.orders.filter(
        (order) =>
          (state === undefined || order.state === state) &&
          (request.eventId === '' || order.eventId === request.eventId.toLowerCase()),
      );
      return { orders: orders.map(toWire), nextPageToken: page.nextPageToken };
    },

    async cancelOrder(request, ctx) {
      // An undone rehearsal is gone: undoing it again is no error.
      if (request.undoRehearsal && (await table.get(parseId(request.orderId, 'order_id'))) === undefined)
        return { order: null };
      const order = await visible(request.orderId, request.userId);
      if (request.undoRehearsal && !order.rehearsal)
        throw failedPrecondition('NOT_A_REHEARSAL', 'this order is a real one');
      if (order.state === 'PENDING') await workflows.cancel(order.id, request.reason, withinMs(ctx));
      if (request.undoRehearsal) {
        await workflows.undoRehearsal(order.id, withinMs(ctx));
        return { order: { ...toWire(order), state: 'ORDER_STATE_CANCELLED' } };
      }
      const now = (await table.get(order.id)) ?? order;
      if (now.state === 'PAID') throw failedPrecondition('ORDER_PAID', 'this order is paid; its tickets are valid');
      return { order: toWire(now) };
    },

    async refundOrder(request, ctx) {
      const reason = parseRefundReason(request.reason);
      const order = await visible(request.orderId, '');
      if (order.rehearsal)
        throw failedPrecondition(
          'ORDER_NOT_PAID',
          'this is a rehearsal: CancelOrder with undo_rehearsal takes it back',
        );
      if (order.state === 'PAID') await workflows.takeBack(order.id, reason, withinMs(ctx));
      const now = (await table.get(order.id)) ?? order;
      if (now.state === 'PAID') throw unavailable('ORDER_SLOW', 'the tickets are not taken back yet, ask again');
      if (now.state !== 'REFUNDING' && now.state !== 'REFUNDED')
        throw failedPrecondition('ORDER_NOT_PAID', `an order that is ${now.state} has nothing to give back`);
      return { order: toWire(now) };
    },

    scanTicket: scanTicket(deps),

    async getSaleLedger(request, ctx) {
      const books = await readSaleLedger(deps, parseId(request.eventId, 'event_id'), clock.now());
      // Whoever paid and has nothing is looked at again, whatever became of the message. Any number of times is fine.
      for (const orderId of books.paidWithoutTicket.slice(0, 100)) {
        await workflows.moneyCame(orderId, 'ledger').catch((error: unknown) => {
          ctx.log.warn({ err: error, order_id: orderId }, 'an order with money cannot be resumed');
        });
      }
      const stock = await restateStock(deps, books.paid, clock.now() + withinMs(ctx));
      if (stock.restated.length > 0)
        ctx.log.warn({ count: stock.restated.length }, 'paid orders that owned no stock own it again');
      if (stock.without.length > 0)
        ctx.log.error({ order_ids: stock.without.slice(0, 20) }, 'paid orders own no stock, and get none');
      return {
        ordersCount: books.ordersCount,
        paidCount: books.paidCount,
        ticketsCount: books.ticketsCount,
        revenue: toWireMoney(books.revenue),
        refundedCount: books.refundedCount,
        paidWithoutTicket: books.paidWithoutTicket.length,
        ticketWithoutPayment: books.ticketWithoutPayment.length,
        pendingCount: books.pendingCount,
        ticketWithoutStock: stock.without.length,
        stockRestated: stock.restated.length,
      };
    },
  };
}
