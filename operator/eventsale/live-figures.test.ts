import assert from 'node:assert/strict';
import { BooksWatch, booksOf } from './live-figures.ts';
import { saleConditions } from './sale-conditions.ts';
import { aSale } from './testing/sale-builder.ts';
import { planSale } from './timeline.ts';

const T = Date.parse('2027-01-10T03:00:00Z');

describe('the books of a sale', () => {
  it('agree when nothing is over, missing or without a reason, and else say what', () => {
    const stockLedger = { oversold: 0, balanced: true };
    const orders = { pending: 3, paidWithoutTicket: 0, ticketWithoutPayment: 0, ticketWithoutStock: 0 };
    assert.deepEqual(booksOf({ stockLedger, orders }), { balanced: true, detail: '' });
    const wrong = booksOf({
      stockLedger: { oversold: 1, balanced: false },
      orders: { pending: 0, paidWithoutTicket: 2, ticketWithoutPayment: 3, ticketWithoutStock: 4 },
    });
    assert.equal(wrong?.balanced, false);
    assert.match(
      wrong?.detail ?? '',
      /^1 tickets oversold, 2 orders paid .*, 3 orders with tickets .*, 4 orders with tickets but without stock, stock counters differ/,
    );
    // Half of the books say nothing.
    assert.equal(booksOf({ stockLedger }), undefined);
    assert.equal(booksOf({ orders }), undefined);
  });

  it('are lost when nobody could read them for a minute, not when one look failed', () => {
    const watch = new BooksWatch();
    assert.equal(watch.isLost(false, 5_000), false);
    assert.equal(watch.isLost(false, 64_999), false);
    assert.equal(watch.isLost(false, 65_000), true);
    assert.equal(watch.isLost(true, 66_000), false);
    assert.equal(watch.isLost(false, 125_999), false);
    assert.equal(watch.isLost(false, 126_000), true);
  });

  it('are awaited after a takeover, until every paid order owns its stock, a minute at most', () => {
    const watch = new BooksWatch();
    assert.equal(watch.isAwaited(false, 5_000), false);
    watch.takenOver(5_000);
    assert.equal(watch.isAwaited(false, 5_000), true);
    watch.takenOver(6_000);
    assert.equal(watch.isAwaited(false, 64_999), true);
    assert.equal(watch.isAwaited(false, 65_000), false);
    watch.takenOver(70_000);
    assert.equal(watch.isAwaited(true, 70_000), false);
    assert.equal(watch.isAwaited(false, 71_000), false);
  });

  it('do not go on to be balanced while they are lost', () => {
    const balanced = { type: 'LedgerBalanced', status: 'True', reason: 'AsSpecified', message: '' } as const;
    const conditions = [{ ...balanced, lastTransitionTime: '2027-01-10T03:00:00Z' }];
    const sale = { ...aSale(), status: { phase: 'Open' as const, conditions } };
    const gate = { opensAtMs: T, closesAtMs: T + 7_200_000, armedAtMs: T - 600_000, paused: false };
    const observed = {
      createdAt: T - 86_400_000,
      record: { phase: 'Open' as const, openedAt: T },
      ready: true,
      waitingFor: '',
      gate,
      gateProved: true,
      capacityHeld: true,
    };
    const plan = planSale(sale.spec, observed, T + 60_000);
    const told = (facts: object) =>
      saleConditions({ sale, plan, lines: [], ...facts }, T + 60_000).find(({ type }) => type === 'LedgerBalanced');
    // One look without an answer changes nothing.
    assert.equal(told({ booksLost: false })?.status, 'True');
    assert.equal(told({ booksLost: true })?.status, 'Unknown');
    assert.match(told({ booksLost: true })?.message ?? '', /inventory and order/);
    assert.equal(told({ booksLost: false, ledger: { balanced: true, detail: '' } })?.status, 'True');
  });
});
