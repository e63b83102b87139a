import { type Money, money } from '#runtime/money.ts';
import type { Order } from './order.ts';

export interface LedgerPayment {
  readonly orderId: string;
  readonly state: string;
  readonly captured: Money;
  readonly refunded: Money;
  readonly captureTimeMs: number | undefined;
  readonly rehearsal: boolean;
}

export type LedgerOrder = Pick<Order, 'id' | 'state' | 'total' | 'rehearsal' | 'updateTimeMs'> & {
  readonly ticketsCount: number;
};

export interface SaleLedger {
  readonly ordersCount: number;
  /** Order ids. */
  readonly paid: readonly string[];
  readonly paidCount: number;
  readonly ticketsCount: number;
  readonly revenue: Money;
  readonly refundedCount: number;
  readonly pendingCount: number;
  /** Order ids: captured money with neither tickets nor refund. */
  readonly paidWithoutTicket: readonly string[];
  /** Order ids: tickets without captured money of at least the price. */
  readonly ticketWithoutPayment: readonly string[];
}

/** Money that has just come is still on its way through the saga. */
export const SAGA_GRACE_MS = 2 * 60_000;

/** The books of a sale, both directions. Rehearsals are left out. Pure: tells who is suspicious, the caller looks again. */
export function saleLedger(
  orders: readonly LedgerOrder[],
  payments: readonly LedgerPayment[],
  nowMs: number,
): SaleLedger {
  const real = orders.filter((order) => !order.rehearsal);
  const money_ = payments.filter((payment) => !payment.rehearsal);
  const paid = real.filter((order) => order.state === 'PAID');
  const issued = new Set(paid.filter((order) => order.ticketsCount > 0).map((order) => order.id));
  const rehearsals = new Set(orders.filter((order) => order.rehearsal).map((order) => order.id));
  const captured = new Map(
    money_.filter((payment) => payment.state === 'CAPTURED').map((payment) => [payment.orderId, payment]),
  );

  // Its refund is asked for in the next moment.
  const givenBack = new Set(
    real
      .filter(({ state, updateTimeMs }) => state === 'REFUNDING' && nowMs - updateTimeMs <= SAGA_GRACE_MS)
      .map(({ id }) => id),
  );

  const paidWithoutTicket = [...captured.values()].filter(
    (payment) =>
      !issued.has(payment.orderId) &&
      !givenBack.has(payment.orderId) &&
      !rehearsals.has(payment.orderId) &&
      (payment.captureTimeMs === undefined || nowMs - payment.captureTimeMs > SAGA_GRACE_MS),
  );
  const ticketWithoutPayment = paid.filter((order) => {
    if (order.total.amountMinor === 0n) return false;
    const payment = captured.get(order.id);
    return (
      payment === undefined ||
      payment.captured.amountMinor < order.total.amountMinor ||
      payment.captured.currency !== order.total.currency
    );
  });
  return {
    ordersCount: real.length,
    paid: paid.map(({ id }) => id),
    paidCount: paid.length,
    ticketsCount: paid.reduce((sum, order) => sum + order.ticketsCount, 0),
    revenue: money(
      paid.reduce((sum, order) => sum + order.total.amountMinor, 0n),
      paid[0]?.total.currency ?? 'VND',
    ),
    refundedCount: real.filter((order) => order.state === 'REFUNDED').length,
    pendingCount: real.filter((order) => order.state === 'PENDING').length,
    paidWithoutTicket: paidWithoutTicket.map((payment) => payment.orderId),
    ticketWithoutPayment: ticketWithoutPayment.map((order) => order.id),
  };
}
