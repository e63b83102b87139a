import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { uuidV5 } from '#runtime/ids.ts';
import type { JWK } from '#runtime/tokens.ts';
import { audit, type Books } from './audit.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const ticketKey = { ...publicKey.export({ format: 'jwk' }), kid: 'k' } as JWK;
const ORDER = '11111111-1111-5111-8111-111111111111';
const CLASS = '22222222-2222-5222-8222-222222222222';

const ticket = (index: number) => {
  const id = uuidV5(ORDER, `ticket/${CLASS}/${index}`);
  const signed = `TB1.k.${Buffer.from(JSON.stringify({ t: id })).toString('base64url')}`;
  const signature = sign(
    null,
    Buffer.from(signed),
    createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })),
  );
  return { id, classId: CLASS, qrPayload: `${signed}.${signature.toString('base64url')}` };
};

/** One order of two tickets, paid and told. */
const books = (): Books => ({
  stock: { total: 10, reservedCounter: 0, soldCounter: 2, reservedLedger: 0, soldLedger: 2 },
  orders: [
    {
      ...{ id: ORDER, state: 'PAID', reason: '', totalMinor: 1000, quantity: 2, holdExpiresMs: 5_000 },
      lines: [{ classId: CLASS, quantity: 2 }],
      tickets: [ticket(0), ticket(1)],
    },
  ],
  payments: [
    {
      ...{ orderId: ORDER, state: 'CAPTURED', amount: 1000, captured: 1000, refunded: 0, counted: 1000 },
      ...{ expiresMs: 4_000, links: ['payos/7'], returned: 0 },
    },
  ],
  reservations: [{ orderId: ORDER, state: 'CONFIRMED', quantity: 2 }],
  provider: [{ link: 'payos/7', amount: 1000, paid: 1000, refunded: 0 }],
  outbox: [{ id: 'payment.completed:p', published: true }],
  messages: new Map([
    ['payment.completed:p', 1],
    [`payment.completed:${ORDER}`, 1],
    [`order.paid:${ORDER}`, 2],
  ]),
  transitions: ['PENDING>CAPTURED'],
  buyers: [{ orderId: ORDER, told: 'pending', paid: true }],
  ticketKey,
});

type Change = (books: Books) => Partial<Books>;
const order =
  (change: object): Change =>
  (b) => ({ orders: b.orders.map((one) => ({ ...one, ...change })) });
const payment =
  (change: object): Change =>
  (b) => ({ payments: b.payments.map((one) => ({ ...one, ...change })) });

describe('audit of the books', () => {
  it('finds nothing in books that are right', () => {
    assert.deepEqual(audit(books()), []);
  });

  /** All of it was given back because its event was cancelled. */
  const givenBack = (b: Books): Partial<Books> => ({
    ...order({ state: 'REFUNDED', reason: 'EVENT_CANCELLED' })(b),
    ...payment({ state: 'REFUNDED', refunded: 1000 })(b),
    stock: { ...b.stock, soldCounter: 0, soldLedger: 0 },
    reservations: [{ orderId: ORDER, state: 'RETURNED', quantity: 2 }],
    provider: [{ link: 'payos/7', amount: 1000, paid: 1000, refunded: 1000 }],
    transitions: ['PENDING>CAPTURED', 'CAPTURED>REFUNDING', 'REFUNDING>REFUNDED'],
    messages: new Map([...b.messages, [`order.refunded:${ORDER}`, 1]]),
  });
  it('lets tickets that were taken back stand beside their refund', () => {
    assert.deepEqual(audit({ ...books(), ...givenBack(books()) }), []);
    const byHand = { ...givenBack(books()), ...order({ state: 'REFUNDED', reason: 'DOUBLE_PURCHASE' })(books()) };
    assert.deepEqual(audit({ ...books(), ...byHand }), []);
  });

  /** The checker itself is proved: each wrong thing, alone, is found under its own invariant. */
  const WRONG: readonly [string, 'lost' | 'violated', string, Change][] = [
    ['oversold', 'violated', 'I1', (b) => ({ stock: { ...b.stock, total: 1 } })],
    ['counter off', 'violated', 'I1', (b) => ({ stock: { ...b.stock, soldCounter: 1 } })],
    ['tickets without stock', 'violated', 'I1', () => ({ reservations: [] })],
    ['stock sold without order', 'violated', 'I1', () => ({ orders: [] })],
    ['tickets without payment', 'violated', 'I2', payment({ state: 'PENDING' })],
    ['tickets for less', 'violated', 'I2', payment({ captured: 900, counted: 900 })],
    ['money without tickets or refund', 'lost', 'I3', order({ state: 'EXPIRED', tickets: [] })],
    [
      'money we never noticed',
      'lost',
      'I3',
      () => ({ provider: [{ link: 'payos/7', amount: 1000, paid: 2000, refunded: 0 }] }),
    ],
    [
      'money for a link of nobody',
      'lost',
      'I3',
      (b) => ({ provider: [...b.provider, { link: 'payos/8', amount: 1, paid: 1, refunded: 0 }] }),
    ],
    ['a webhook counted twice', 'violated', 'I4', payment({ counted: 2000 })],
    ['an answered order that is gone', 'lost', 'I4', () => ({ orders: [] })],
    ['a ticket too many', 'violated', 'I5', order({ tickets: [ticket(0), ticket(1), ticket(2)] })],
    ['the same ticket twice', 'violated', 'I5', order({ tickets: [ticket(0), ticket(0)] })],
    [
      'a forged ticket',
      'violated',
      'I5',
      order({ tickets: [ticket(0), { ...ticket(1), qrPayload: ticket(0).qrPayload }] }),
    ],
    [
      'tickets beside the refund of money that came too late for any',
      'violated',
      'I5',
      (b) => ({ ...givenBack(b), ...order({ state: 'REFUNDED', reason: 'NO_STOCK_LEFT' })(b) }),
    ],
    [
      'money kept for a cancelled event',
      'lost',
      'I3',
      (b) => ({ ...givenBack(b), ...payment({ state: 'CAPTURED' })(b) }),
    ],
    ['a link that outlives the hold', 'violated', 'I9', payment({ expiresMs: 5_000 })],
    ['paid becomes failed', 'violated', 'I10', () => ({ transitions: ['CAPTURED>FAILED'] })],
    [
      'a message that was never sent',
      'lost',
      'I11',
      () => ({ outbox: [{ id: 'payment.completed:p', published: false }] }),
    ],
    ['a message marked and not sent', 'lost', 'I11', () => ({ outbox: [{ id: 'x', published: true }] })],
    [
      'tickets nobody was told of',
      'lost',
      'I11',
      (b) => ({ messages: new Map([...b.messages].filter(([id]) => !id.startsWith('order.paid'))) }),
    ],
    ['a refund nobody was told of', 'lost', 'I11', (b) => ({ ...givenBack(b), messages: b.messages })],
    [
      'a refund that was told of and never was',
      'violated',
      'I11',
      (b) => ({ messages: new Map([...b.messages, [`order.refunded:${ORDER}`, 1]]) }),
    ],
    ['money that went back and nobody was told of', 'lost', 'I11', payment({ returned: 100 })],
    [
      'money that was told of and never went back',
      'violated',
      'I11',
      (b) => ({ messages: new Map([...b.messages, [`order.money-returned:${ORDER}`, 1]]) }),
    ],
    ['an order that never ends', 'lost', 'settled', order({ state: 'PENDING', tickets: [] })],
  ];
  for (const [title, kind, invariant, change] of WRONG) {
    it(`finds ${title}`, () => {
      const found = audit({ ...books(), ...change(books()) });
      assert.ok(
        found.some((finding) => finding.kind === kind && finding.invariant === invariant),
        JSON.stringify(found),
      );
    });
  }
});
