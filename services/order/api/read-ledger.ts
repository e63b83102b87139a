import { fromWireMoney } from '#runtime/money.ts';
import { fromTimestamp } from '#runtime/timestamp.ts';
import type { PaymentClient } from '../activities/activities.ts';
import { type LedgerOrder, type LedgerPayment, type SaleLedger, saleLedger } from '../domain/sale-ledger.ts';
import type { OrderTable } from '../store/order-table.ts';

interface Deps {
  readonly table: OrderTable;
  readonly payment: PaymentClient;
}

const PAGE = 500;

/**
 * Reads both books of a sale and compares them. The two lists are read at different moments and the index may lag, so whoever
 * looks wrong is read again, consistently, before it is called wrong.
 */
export async function readSaleLedger(deps: Deps, eventId: string, nowMs: number): Promise<SaleLedger> {
  // Payments first: an order that is paid in between then has more tickets than payments, which the second look clears.
  const payments = await allPayments(deps.payment, eventId);
  const orders = await allOrders(deps.table, eventId);
  const first = saleLedger(orders, payments, nowMs);
  const suspects = new Set([...first.paidWithoutTicket, ...first.ticketWithoutPayment]);
  if (suspects.size === 0) return first;
  const fresh = await Promise.all([...suspects].map((orderId) => lookAgain(deps, orderId)));
  const ordersNow = [...orders.filter(({ id }) => !suspects.has(id)), ...fresh.flatMap(({ order }) => order ?? [])];
  const paymentsNow = [
    ...payments.filter(({ orderId }) => !suspects.has(orderId)),
    ...fresh.flatMap(({ payment }) => payment ?? []),
  ];
  return saleLedger(ordersNow, paymentsNow, nowMs);
}

async function lookAgain({ table, payment }: Deps, orderId: string) {
  const order = await table.get(orderId);
  const found = await payment.getPayment({ orderId }, { idempotent: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return { payment: null };
    throw error;
  });
  return {
    order: order && { ...order, ticketsCount: order.tickets.length },
    payment: found.payment === null ? undefined : toLedgerPayment(found.payment),
  };
}

async function allOrders(table: OrderTable, eventId: string): Promise<LedgerOrder[]> {
  const all: LedgerOrder[] = [];
  for (let token = ''; ; ) {
    const page = await table.listByEvent(eventId, undefined, PAGE, token);
    all.push(...page.orders.map((order) => ({ ...order, ticketsCount: order.tickets.length })));
    token = page.nextPageToken;
    if (token === '') return all;
  }
}

type WirePayment = Awaited<ReturnType<PaymentClient['listPayments']>>['payments'][number];

async function allPayments(client: PaymentClient, eventId: string): Promise<LedgerPayment[]> {
  const all: LedgerPayment[] = [];
  for (let token = ''; ; ) {
    const page = await client.listPayments({ eventId, pageSize: PAGE, pageToken: token }, { idempotent: true });
    all.push(...page.payments.map(toLedgerPayment));
    token = page.nextPageToken;
    if (token === '') return all;
  }
}

function toLedgerPayment(wire: WirePayment): LedgerPayment {
  return {
    orderId: wire.orderId,
    state: wire.state.slice('PAYMENT_STATE_'.length),
    captured: fromWireMoney(wire.captured),
    refunded: fromWireMoney(wire.refunded),
    captureTimeMs: fromTimestamp(wire.captureTime),
    rehearsal: wire.provider === 'PROVIDER_REHEARSAL',
  };
}
