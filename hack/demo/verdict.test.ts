import assert from 'node:assert/strict';
import { commitment, numberAt } from '#runtime/permutation.ts';
import type { Outcome } from './buyers/buyer.ts';
import { type Facts, judge } from './verdict.ts';

const OPENS = 1_000_000;
const SEED = Buffer.alloc(32, 7);
const DRAW = { seed: SEED.toString('hex'), seedCommitment: commitment(SEED), shuffledCount: 2 };
/** The number that the draw gives this place. */
const numberOf = (place: number) => numberAt(SEED, place - 1, 2) + 1;

function outcome(index: number, change: Partial<Outcome> = {}): Outcome {
  return {
    index,
    behaviour: 'pays',
    userId: `u${index}`,
    number: index + 1,
    place: index + 1,
    joinMs: 5,
    reconnects: 0,
    claimedAt: OPENS + 100 + index,
    claimedPlace: index + 1,
    orderId: `o${index}`,
    ticketIds: [`t${index}`],
    end: 'has-tickets',
    ...change,
  };
}

/** Two tickets, two buyers, both paid and served. */
function goodRun(): Facts {
  return {
    tickets: 2,
    buyers: 2,
    outcomes: [outcome(0), outcome(1)],
    money: [0, 1].map((n) => ({ providerRef: `r${n}`, provider: 'zalopay', amount: 100, paid: 100, refunded: 0 })),
    orders: [0, 1].map((n) => ({
      id: `o${n}`,
      state: 'PAID',
      ticketCount: 1,
      quantity: 1,
      totalMinor: 100,
      providerRef: `r${n}`,
      rehearsal: false,
    })),
    stock: [{ name: 'GA', total: 2, reserved: 0, sold: 2 }],
    admissions: [0, 1].map((n) => ({
      place: n + 1,
      number: numberOf(n + 1),
      userId: `u${n}`,
      grantMs: OPENS + 50 + n,
      servedAtGrant: 2,
    })),
    pdfOrderIds: ['o0', 'o1'],
    mailedOrderIds: ['o0', 'o1'],
    opensAtMs: OPENS,
    draw: DRAW,
  };
}

describe('judge', () => {
  it('passes a run in which all books agree', () => {
    const verdict = judge(goodRun());
    assert.deepEqual(verdict.problems, []);
    assert.equal(verdict.sold, 2);
    assert.equal(verdict.revenueMinor, 200);
  });

  const broken: [string, (facts: Facts) => Facts, RegExp][] = [
    [
      'a shop that most people could not use, and says how',
      (facts) => ({
        ...facts,
        outcomes: [
          ...facts.outcomes,
          ...[2, 3, 4].map((n) => outcome(n, { end: 'error', error: '401 TOKEN_EXPIRED: the token has ended' })),
        ],
      }),
      /3 of 5 buyers met an error, most often: 401 TOKEN_EXPIRED \(3\)/,
    ],
    [
      'a ticket sold twice',
      (facts) => ({ ...facts, stock: [{ name: 'GA', total: 2, reserved: 1, sold: 2 }] }),
      /oversold/,
    ],
    [
      'tickets whose money was sent back',
      (facts) => ({ ...facts, money: facts.money.map((row) => ({ ...row, refunded: 100 })) }),
      /without the money/,
    ],
    [
      'money kept for an order that expired',
      (facts) => ({
        ...facts,
        orders: facts.orders.map((row, n) => (n === 0 ? { ...row, state: 'EXPIRED', ticketCount: 0 } : row)),
      }),
      /neither ticket nor refund/,
    ],
    [
      'a second payment that was kept',
      (facts) => ({ ...facts, money: facts.money.map((row, n) => (n === 0 ? { ...row, paid: 200 } : row)) }),
      /neither ticket nor refund/,
    ],
    [
      'money for a link that belongs to no order',
      (facts) => ({
        ...facts,
        money: [...facts.money, { providerRef: 'x', provider: 'payos', amount: 1, paid: 1, refunded: 0 }],
      }),
      /neither ticket nor refund/,
    ],
    [
      'an admission before the opening',
      (facts) => ({ ...facts, admissions: facts.admissions.map((row) => ({ ...row, grantMs: OPENS - 1 })) }),
      /before the opening/,
    ],
    [
      'an admission beyond the published counter',
      (facts) => ({ ...facts, admissions: facts.admissions.map((row) => ({ ...row, servedAtGrant: 1 })) }),
      /overtaken/,
    ],
    [
      'a place that the draw does not give',
      (facts) => ({
        ...facts,
        draw: { ...DRAW, shuffledCount: 0 },
        admissions: facts.admissions.map((row) => ({ ...row, number: 3 - row.place })),
      }),
      /overtaken/,
    ],
    [
      'a seed that was not the promised one',
      (facts) => ({ ...facts, outcomes: [outcome(0, { seedCommitment: 'other' }), outcome(1)] }),
      /overtaken/,
    ],
    [
      'a buyer overtaken by a later place',
      (facts) => ({ ...facts, outcomes: [outcome(0, { claimedAt: OPENS + 60_000 }), outcome(1)] }),
      /overtaken/,
    ],
    [
      'stock left though people paid for it',
      (facts) => ({
        ...facts,
        tickets: 3,
        outcomes: [...facts.outcomes, outcome(2)],
        money: [...facts.money, { providerRef: 'r2', provider: 'payos', amount: 100, paid: 100, refunded: 100 }],
        orders: [
          ...facts.orders,
          {
            id: 'o2',
            state: 'REFUNDED',
            ticketCount: 0,
            quantity: 1,
            totalMinor: 100,
            providerRef: 'r2',
            rehearsal: false,
          },
        ],
      }),
      /min\(tickets/,
    ],
    ['a paid order without its PDF', (facts) => ({ ...facts, pdfOrderIds: ['o0'] }), /no PDF/],
    ['a paid order without its mail', (facts) => ({ ...facts, mailedOrderIds: [] }), /no mail/],
    [
      'a sale in which nothing happened',
      (facts) => ({
        ...facts,
        stock: [],
        orders: [],
        money: [],
        outcomes: [],
        admissions: [],
        pdfOrderIds: [],
        mailedOrderIds: [],
      }),
      /nothing was sold/,
    ],
  ];
  for (const [name, breakIt, expected] of broken) {
    it(`fails on ${name}`, () => {
      const { problems } = judge(breakIt(goodRun()));
      assert.ok(
        problems.some((sentence) => expected.test(sentence)),
        JSON.stringify(problems),
      );
    });
  }

  it('lets late money be refunded when the stock was elsewhere', () => {
    const facts = goodRun();
    const late: Facts = {
      ...facts,
      outcomes: [...facts.outcomes, outcome(2, { behaviour: 'pays-late', end: 'refunded', ticketIds: [] })],
      money: [...facts.money, { providerRef: 'r2', provider: 'zalopay', amount: 100, paid: 100, refunded: 100 }],
      orders: [
        ...facts.orders,
        {
          id: 'o2',
          state: 'REFUNDED',
          ticketCount: 0,
          quantity: 1,
          totalMinor: 100,
          providerRef: 'r2',
          rehearsal: false,
        },
      ],
      mailedOrderIds: [...facts.mailedOrderIds, 'o2'],
    };
    const verdict = judge(late);
    assert.deepEqual(verdict.problems, []);
    assert.equal(verdict.refunded, 1);
    // And the buyer is told.
    assert.deepEqual(judge({ ...late, mailedOrderIds: facts.mailedOrderIds }).problems, [
      '1 refunded orders got no mail',
    ]);
  });
});
