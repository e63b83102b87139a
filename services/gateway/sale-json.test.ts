import assert from 'node:assert/strict';
import type { SaleMinute__Output } from '#proto/gen/ticketbottle/event/v1/SaleMinute.ts';
import { historyJson } from './sale-json.ts';

const vnd = (amountMinor: string) => ({ amountMinor, currency: 'VND' });
const minute = (change: Partial<SaleMinute__Output> = {}): SaleMinute__Output => ({
  ...{ startTime: { seconds: '60', nanos: 0 }, ordersCreated: 1, ordersPaid: 0, tickets: 0, revenue: null },
  ...{ ordersRefunded: 0, ticketsRefunded: 0, refunded: null, ...change },
});

describe('figures of a sale over time', () => {
  it('keep what was sold and what was given back apart, minute by minute and in all', () => {
    const sum = (orders: number, amount: string) => ({ orders, tickets: 2 * orders, money: vnd(amount) });
    const { minutes, totals } = historyJson({
      minutes: [
        minute({ ordersPaid: 3, tickets: 6, revenue: vnd('3000'), refunded: vnd('0') }),
        minute({ ordersRefunded: 1, ticketsRefunded: 2, revenue: vnd('0'), refunded: vnd('1000') }),
      ],
      totals: { gross: sum(3, '3000'), refunded: sum(1, '1000'), net: sum(2, '2000') },
    });
    assert.deepEqual(
      minutes.map(({ tickets, revenue, ticketsRefunded, refunded }) => [
        ...[tickets, revenue?.amountMinor, ticketsRefunded, refunded?.amountMinor],
      ]),
      [
        [6, 3000, 0, 0],
        [0, 0, 2, 1000],
      ],
    );
    assert.deepEqual(totals?.net, { orders: 2, tickets: 4, money: { amountMinor: 2000, currency: 'VND' } });
    assert.deepEqual([totals?.gross.orders, totals?.refunded.orders], [3, 1]);
  });

  it('say no sum of money where there is no currency, and no totals where nobody keeps them', () => {
    const { minutes, totals } = historyJson({
      minutes: [minute({ revenue: { amountMinor: '0', currency: '' } })],
      totals: null,
    });
    assert.deepEqual([minutes[0]?.revenue, minutes[0]?.refunded, totals], [undefined, undefined, undefined]);
  });
});
