import assert from 'node:assert/strict';
import { money } from '#runtime/money.ts';
import { type LedgerOrder, type LedgerPayment, SAGA_GRACE_MS, saleLedger } from './sale-ledger.ts';

const NOW = Date.UTC(2026, 5, 1);
const anOrder = (change: Partial<LedgerOrder> = {}): LedgerOrder => ({
  id: 'o1',
  state: 'PAID',
  total: money(500_000, 'VND'),
  rehearsal: false,
  updateTimeMs: NOW,
  ticketsCount: 1,
  ...change,
});
const aPayment = (change: Partial<LedgerPayment> = {}): LedgerPayment => ({
  orderId: 'o1',
  state: 'CAPTURED',
  captured: money(500_000, 'VND'),
  refunded: money(0, 'VND'),
  captureTimeMs: NOW - SAGA_GRACE_MS - 1,
  rehearsal: false,
  ...change,
});

describe('sale ledger', () => {
  it('is clean when every payment has its tickets and every ticket its payment', () => {
    const books = saleLedger([anOrder()], [aPayment()], NOW);
    assert.deepEqual([books.paidCount, books.ticketsCount, books.revenue.amountMinor], [1, 1, 500_000n]);
    assert.deepEqual([books.paidWithoutTicket, books.ticketWithoutPayment], [[], []]);
  });

  it('finds money without tickets, also when its order is not there at all', () => {
    assert.deepEqual(
      saleLedger([anOrder({ state: 'EXPIRED', ticketsCount: 0 })], [aPayment()], NOW).paidWithoutTicket,
      ['o1'],
    );
    assert.deepEqual(saleLedger([], [aPayment()], NOW).paidWithoutTicket, ['o1']);
    assert.deepEqual(saleLedger([anOrder({ ticketsCount: 0 })], [aPayment()], NOW).paidWithoutTicket, ['o1']);
  });

  it('gives the saga its time, and takes a refund as settled', () => {
    const pending = anOrder({ state: 'PENDING', ticketsCount: 0 });
    assert.deepEqual(saleLedger([pending], [aPayment({ captureTimeMs: NOW - 1000 })], NOW).paidWithoutTicket, []);
    assert.deepEqual(saleLedger([pending], [aPayment({ state: 'REFUNDED' })], NOW).paidWithoutTicket, []);
  });

  it('finds tickets without money, or with too little', () => {
    assert.deepEqual(saleLedger([anOrder()], [], NOW).ticketWithoutPayment, ['o1']);
    assert.deepEqual(
      saleLedger([anOrder()], [aPayment({ captured: money(499_999, 'VND') })], NOW).ticketWithoutPayment,
      ['o1'],
    );
    assert.deepEqual(saleLedger([anOrder()], [aPayment({ state: 'REFUNDED' })], NOW).ticketWithoutPayment, ['o1']);
    assert.deepEqual(saleLedger([anOrder({ total: money(0, 'VND') })], [], NOW).ticketWithoutPayment, []);
  });

  it('leaves rehearsals out of every figure', () => {
    const books = saleLedger([anOrder({ rehearsal: true })], [aPayment({ rehearsal: true })], NOW);
    assert.deepEqual([books.ordersCount, books.ticketsCount, books.revenue.amountMinor], [0, 0, 0n]);
    assert.deepEqual([books.paidWithoutTicket, books.ticketWithoutPayment], [[], []]);
  });

  it('leaves an order that is being given back to its saga, for as long as that may take', () => {
    const order = anOrder({ state: 'REFUNDING' });
    assert.deepEqual(saleLedger([order], [aPayment()], NOW).paidWithoutTicket, []);
    assert.deepEqual(saleLedger([order], [aPayment()], NOW + SAGA_GRACE_MS + 1).paidWithoutTicket, ['o1']);
  });
});
