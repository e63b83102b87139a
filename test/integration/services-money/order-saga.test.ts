import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ServiceError } from '#runtime/errors.ts';
import { orderIdOf } from '#services/order/domain/order.ts';
import { readQrPayload } from '#services/order/domain/tickets.ts';
import { replayAll } from './histories.ts';
import { type MoneyPlatform, startMoneyPlatform } from './platform.ts';

describe('order saga, with a long hold', function () {
  this.timeout(240_000);
  let platform: MoneyPlatform;
  before(async () => {
    platform = await startMoneyPlatform({ hold: '60s' });
  });
  after(async () => {
    await platform?.[Symbol.asyncDispose]();
  });

  const buy = async (
    eventId: string,
    lines: readonly { ticketClassId: string; quantity: number }[],
    options: {
      userId?: string;
      key?: string;
      token?: string;
      provider?: 'PROVIDER_ZALOPAY' | 'PROVIDER_PAYOS' | 'PROVIDER_VNPAY' | 'PROVIDER_REHEARSAL';
      rehearsal?: boolean;
    } = {},
  ) => {
    const userId = options.userId ?? randomUUID();
    const token =
      options.token ?? (await platform.admission(userId, eventId, { rehearsal: options.rehearsal ?? false }));
    const { order } = await platform.orders.createOrder({
      idempotencyKey: options.key ?? randomUUID(),
      eventId,
      userId,
      email: 'buyer@example.test',
      fullName: 'Nguyễn Văn An',
      lines: [...lines],
      provider: options.provider ?? 'PROVIDER_ZALOPAY',
      admissionToken: token,
      language: 'vi',
    });
    assert.ok(order);
    return order;
  };
  const refusedWith = (reason: string) => (error: unknown) => error instanceof ServiceError && error.reason === reason;

  for (const provider of ['PROVIDER_ZALOPAY', 'PROVIDER_PAYOS', 'PROVIDER_VNPAY'] as const) {
    it(`${provider}: pays, and gets signed tickets that exist once`, async () => {
      const { eventId, classId } = await platform.aSale({ GA: { total: 10 }, VIP: { total: 5, price: 2_000_000 } });
      const order = await buy(
        eventId,
        [
          { ticketClassId: classId('GA'), quantity: 2 },
          { ticketClassId: classId('VIP'), quantity: 1 },
        ],
        { provider },
      );
      assert.equal(order.state, 'ORDER_STATE_PENDING');
      assert.match(order.paymentUrl, /^http/);
      assert.equal(order.total?.amountMinor, '3000000');
      assert.equal((await platform.pay(order.id)).status, 200);
      const paid = await platform.untilOrder(order.id, 'PAID');
      assert.equal(paid.tickets.length, 3);
      for (const ticket of paid.tickets)
        assert.equal(readQrPayload(ticket.qrPayload, platform.ticketJwk)?.['t'], ticket.id);
      const ledger = await platform.inventory.getLedger({ eventId });
      assert.deepEqual([ledger.balanced, ledger.oversold], [true, 0]);
      assert.deepEqual(
        ledger.classes.map((item) => [item.soldLedger, item.reservedLedger]),
        [
          [2, 0],
          [1, 0],
        ],
      );
      const books = await platform.orders.getSaleLedger({ eventId });
      assert.deepEqual(
        [books.paidCount, books.ticketsCount, books.paidWithoutTicket, books.ticketWithoutPayment],
        [1, 3, 0, 0],
      );
    });
  }

  it('gives the same order for the same key, and no second order for the same admission', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 10 } });
    const userId = randomUUID();
    const key = randomUUID();
    const token = await platform.admission(userId, eventId);
    const lines = [{ ticketClassId: classId('GA'), quantity: 1 }];
    const [first, second] = await Promise.all([
      buy(eventId, lines, { userId, key, token }),
      buy(eventId, lines, { userId, key, token }),
    ]);
    assert.equal(first.id, second.id);
    assert.equal(first.paymentUrl, second.paymentUrl);
    await assert.rejects(buy(eventId, lines, { userId, token }), refusedWith('TOKEN_USED'));
    const { classes } = await platform.inventory.getLedger({ eventId });
    assert.equal(classes[0]?.reservedLedger, 1);
  });

  it('refuses tokens of others, of other events, and rehearsal money for real tickets', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 10 } });
    const userId = randomUUID();
    const lines = [{ ticketClassId: classId('GA'), quantity: 1 }];
    await assert.rejects(
      buy(eventId, lines, { userId, token: await platform.admission(randomUUID(), eventId) }),
      refusedWith('TOKEN_FOREIGN'),
    );
    await assert.rejects(
      buy(eventId, lines, { userId, token: await platform.admission(userId, randomUUID()) }),
      refusedWith('TOKEN_FOREIGN'),
    );
    await assert.rejects(buy(eventId, lines, { userId, token: 'nonsense' }), refusedWith('TOKEN_INVALID'));
    await assert.rejects(
      buy(eventId, lines, { userId, provider: 'PROVIDER_REHEARSAL' }),
      refusedWith('PROVIDER_NOT_ALLOWED'),
    );
    const order = await buy(eventId, lines, { userId, provider: 'PROVIDER_REHEARSAL', rehearsal: true });
    assert.deepEqual([order.state, order.failureReason], ['ORDER_STATE_FAILED', 'UNKNOWN_CLASS']);
  });

  it('says sold out, and lets the same admission choose what is left', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 1 }, VIP: { total: 1 } });
    const userId = randomUUID();
    const token = await platform.admission(userId, eventId);
    const refused = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 2 }], { userId, token });
    assert.deepEqual([refused.state, refused.failureReason], ['ORDER_STATE_FAILED', 'SOLD_OUT']);
    const second = await buy(eventId, [{ ticketClassId: classId('VIP'), quantity: 1 }], { userId, token });
    assert.equal(second.state, 'ORDER_STATE_PENDING');
  });

  it('a token whose first request died on its way buys the next order at once, and the first one nothing', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 10 } });
    const [userId, jti, key] = [randomUUID(), randomUUID(), randomUUID()];
    const token = await platform.admission(userId, eventId, { jti });
    const lines = [{ ticketClassId: classId('GA'), quantity: 1 }];
    await platform.ordersTable.useToken(jti, orderIdOf(userId, eventId, key), Date.now() + 600_000);
    assert.equal((await buy(eventId, lines, { userId, token })).state, 'ORDER_STATE_PENDING');
    const first = await buy(eventId, lines, { userId, token, key });
    assert.deepEqual([first.state, first.failureReason], ['ORDER_STATE_FAILED', 'SUPERSEDED']);
    assert.equal((await platform.inventory.getLedger({ eventId })).classes[0]?.reservedLedger, 1);
  });

  it('one token in many requests at once, each with a key of its own: one of them gets stock', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 50 } });
    const userId = randomUUID();
    const token = await platform.admission(userId, eventId);
    const lines = [{ ticketClassId: classId('GA'), quantity: 1 }];
    await Promise.allSettled(Array.from({ length: 12 }, () => buy(eventId, lines, { userId, token })));
    const { orders } = await platform.orders.listOrders({ userId, pageSize: 50 });
    const live = orders.filter(({ state }) => state === 'ORDER_STATE_PENDING');
    assert.equal(live.length, 1, orders.map(({ state, failureReason }) => `${state} ${failureReason}`).join());
    assert.equal((await platform.inventory.getLedger({ eventId })).classes[0]?.reservedLedger, 1);
  });

  it('cancel gives the stock back at once; money that comes all the same is refunded', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 1 } });
    const order = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }], { provider: 'PROVIDER_PAYOS' });
    const { order: cancelled } = await platform.orders.cancelOrder({
      orderId: order.id,
      userId: order.userId,
      reason: 'changed my mind',
    });
    assert.equal(cancelled?.state, 'ORDER_STATE_CANCELLED');
    assert.equal((await platform.inventory.getLedger({ eventId })).classes[0]?.reservedLedger, 0);
    assert.equal((await platform.pay(order.id, 'pay-late')).status, 200);
    await platform.untilOrder(order.id, 'REFUNDED');
    const { payment } = await platform.payments.getPayment({ orderId: order.id });
    assert.deepEqual([payment?.state, payment?.refunded?.amountMinor], ['PAYMENT_STATE_REFUNDED', '500000']);
    assert.deepEqual([(await platform.orders.getSaleLedger({ eventId })).paidWithoutTicket], [0]);
  });

  it('paid twice: one set of tickets, and the second money goes back', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }], { provider: 'PROVIDER_PAYOS' });
    await platform.pay(order.id, 'pay-twice');
    const paid = await platform.untilOrder(order.id, 'PAID');
    assert.equal(paid.tickets.length, 1);
    const refunded = async () =>
      (await platform.payments.getPayment({ orderId: order.id })).payment?.refunded?.amountMinor;
    await until(async () => (await refunded()) === '500000');
    const { payment } = await platform.payments.getPayment({ orderId: order.id });
    assert.deepEqual([payment?.state, payment?.captured?.amountMinor], ['PAYMENT_STATE_CAPTURED', '1000000']);
  });

  it('duplicate, repeated and forged webhooks change nothing', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }]);
    await platform.pay(order.id, 'tamper');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await platform.orders.getOrder({ orderId: order.id })).order?.state, 'ORDER_STATE_PENDING');
    await platform.pay(order.id, 'duplicate');
    const paid = await platform.untilOrder(order.id, 'PAID');
    const { payment } = await platform.payments.getPayment({ orderId: order.id });
    const mine = platform.webhooks.filter(({ body }) => body.includes(payment?.providerRef ?? 'none'));
    const genuine = mine.at(-1);
    assert.ok(genuine);
    const again = await Promise.all(Array.from({ length: 30 }, () => platform.replay(genuine)));
    assert.ok(again.every(({ text }) => text.includes('"return_code":1')));
    assert.deepEqual((await platform.orders.getOrder({ orderId: order.id })).order?.tickets, paid.tickets);
    const { rows } = await platform.paymentDb.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM outbox WHERE key = $1',
      [order.id],
    );
    assert.equal(rows[0]?.count, 1);
    assert.equal((await platform.payments.getPayment({ orderId: order.id })).payment?.captured?.amountMinor, '500000');
  });

  it('VNPay: a failure ends the order; money told before or after a failure makes tickets; surplus time gives it back', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const buyOne = () => buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }], { provider: 'PROVIDER_VNPAY' });
    const failed = await buyOne();
    await platform.pay(failed.id, 'fail');
    assert.equal((await platform.untilOrder(failed.id, 'FAILED')).failureReason, 'PAYMENT_VNPAY_24');
    const after = await buyOne();
    await platform.pay(after.id, 'fail-after-pay');
    const before = await buyOne();
    await platform.pay(before.id, 'pay-after-fail');
    assert.equal((await platform.untilOrder(after.id, 'PAID')).tickets.length, 1);
    // The failure gave its stock back; the money that came then found stock again, or went back.
    const end = await platform.untilOrder(before.id, 'PAID', 'REFUNDED');
    const { payment } = await platform.payments.getPayment({ orderId: before.id });
    assert.equal(
      payment?.state,
      end.state === 'ORDER_STATE_PAID' ? 'PAYMENT_STATE_CAPTURED' : 'PAYMENT_STATE_REFUNDED',
    );
    const silent = await buyOne();
    await platform.pay(silent.id, 'silent');
    await platform.untilOrder(silent.id, 'PAID');
  });

  it('finds money whose callback never came', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }]);
    await platform.pay(order.id, 'silent');
    await platform.untilOrder(order.id, 'PAID');
  });

  it('too little money buys nothing', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }], { provider: 'PROVIDER_PAYOS' });
    await platform.pay(order.id, 'wrong-amount');
    await until(
      async () =>
        (await platform.payments.getPayment({ orderId: order.id })).payment?.captured?.amountMinor === '499000',
    );
    assert.equal((await platform.orders.getOrder({ orderId: order.id })).order?.state, 'ORDER_STATE_PENDING');
    // Cancelling gives the part back.
    await platform.orders.cancelOrder({ orderId: order.id, userId: order.userId });
    await until(
      async () =>
        (await platform.payments.getPayment({ orderId: order.id })).payment?.refunded?.amountMinor === '499000',
    );
  });

  it('a rehearsal goes all the way and leaves nothing behind', async () => {
    const { eventId, classId } = await platform.aSale({
      GA: { total: 5 },
      rehearsal: { total: 10, price: 1000, rehearsal: true },
    });
    const userId = randomUUID();
    const order = await buy(eventId, [{ ticketClassId: classId('rehearsal'), quantity: 1 }], {
      userId,
      provider: 'PROVIDER_REHEARSAL',
      rehearsal: true,
    });
    const paid = await platform.untilOrder(order.id, 'PAID');
    assert.equal(paid.tickets.length, 1);
    await platform.orders.cancelOrder({ orderId: order.id, userId, undoRehearsal: true });
    await platform.orders.cancelOrder({ orderId: order.id, userId, undoRehearsal: true });
    await assert.rejects(platform.orders.getOrder({ orderId: order.id }), refusedWith('ORDER_NOT_FOUND'));
    const { classes } = await platform.inventory.listTicketClasses({ eventId, includeRehearsal: true });
    assert.deepEqual(
      classes.map(({ reserved, sold }) => [reserved, sold]),
      [
        [0, 0],
        [0, 0],
      ],
    );
    const books = await platform.orders.getSaleLedger({ eventId });
    assert.deepEqual([books.ordersCount, books.paidWithoutTicket, books.ticketWithoutPayment], [0, 0, 0]);
  });

  it('a killed order worker loses nothing: the order goes on where it was', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }]);
    await Promise.all([platform.restart('order', 'SIGKILL'), platform.pay(order.id)]);
    const paid = await platform.untilOrder(order.id, 'PAID');
    assert.equal(paid.tickets.length, 1);
  });

  it("lists an account's orders page by page, and nobody else's", async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 50 } });
    const userId = randomUUID();
    const made: string[] = [];
    for (let count = 0; count < 3; count++)
      made.push((await buy(eventId, [{ ticketClassId: classId('GA'), quantity: 1 }], { userId })).id);
    const seen: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await platform.orders.listOrders({ userId, pageSize: 2, pageToken });
      seen.push(...page.orders.map(({ id }) => id));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
      await assert.rejects(
        platform.orders.listOrders({ userId: randomUUID(), pageToken }),
        refusedWith('INVALID_PAGE_TOKEN'),
      );
    }
    assert.deepEqual(seen, made.reverse());
    await assert.rejects(
      platform.orders.getOrder({ orderId: seen[0] ?? '', userId: randomUUID() }),
      refusedWith('ORDER_NOT_FOUND'),
    );
  });

  it('what was decided is decided again when the histories are replayed', async () => {
    assert.ok((await replayAll(platform.temporalAddress)) >= 10);
  });
});

describe('order saga, with a hold that ends soon', function () {
  this.timeout(240_000);
  let platform: MoneyPlatform;
  before(async () => {
    platform = await startMoneyPlatform({ hold: '4s' });
  });
  after(async () => {
    await platform?.[Symbol.asyncDispose]();
  });

  const place = async (eventId: string, ticketClassId: string) => {
    const userId = randomUUID();
    const { order } = await platform.orders.createOrder({
      idempotencyKey: randomUUID(),
      eventId,
      userId,
      email: 'buyer@example.test',
      fullName: 'Trần Thị Bình',
      lines: [{ ticketClassId, quantity: 1 }],
      provider: 'PROVIDER_PAYOS',
      admissionToken: await platform.admission(userId, eventId),
      language: 'en',
    });
    assert.equal(order?.state, 'ORDER_STATE_PENDING');
    return order as NonNullable<typeof order>;
  };

  it('expires: the stock is free for the next buyer at once', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 1 } });
    const first = await place(eventId, classId('GA'));
    await platform.untilOrder(first.id, 'EXPIRED');
    const second = await place(eventId, classId('GA'));
    await platform.pay(second.id);
    await platform.untilOrder(second.id, 'PAID');
  });

  it('late money with stock left: the stock is taken anew, and there are tickets', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 2 } });
    const order = await place(eventId, classId('GA'));
    await platform.untilOrder(order.id, 'EXPIRED');
    assert.equal((await platform.pay(order.id, 'pay-late')).status, 200);
    const paid = await platform.untilOrder(order.id, 'PAID');
    assert.equal(paid.tickets.length, 1);
    assert.equal((await platform.inventory.getLedger({ eventId })).classes[0]?.soldLedger, 1);
  });

  it('late money without stock: a refund, never a ticket too many', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 1 } });
    const late = await place(eventId, classId('GA'));
    await platform.untilOrder(late.id, 'EXPIRED');
    const quick = await place(eventId, classId('GA'));
    await platform.pay(quick.id);
    await platform.untilOrder(quick.id, 'PAID');
    await platform.pay(late.id, 'pay-late');
    const refunded = await platform.untilOrder(late.id, 'REFUNDED');
    assert.equal(refunded.tickets.length, 0);
    const ledger = await platform.inventory.getLedger({ eventId });
    assert.deepEqual([ledger.oversold, ledger.balanced, ledger.classes[0]?.soldLedger], [0, true, 1]);
    const { payment } = await platform.payments.getPayment({ orderId: late.id });
    assert.equal(payment?.state, 'PAYMENT_STATE_REFUNDED');
  });

  it('negative control of I3: late money that no order is told of is money without ticket, and the books say so', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 2 } });
    const order = await place(eventId, classId('GA'));
    await platform.untilOrder(order.id, 'EXPIRED');
    const db = platform.paymentDb;
    await db.query('ALTER FUNCTION outbox_add RENAME TO outbox_add_real');
    await db.query(
      'CREATE FUNCTION outbox_add(p_id text, p_topic text, p_key text, p_data jsonb) RETURNS void LANGUAGE sql AS $$ SELECT $$',
    );
    try {
      assert.equal((await platform.pay(order.id, 'pay-late')).status, 200);
      await until(async () => {
        const { payment } = await platform.payments.getPayment({ orderId: order.id });
        return payment?.state === 'PAYMENT_STATE_CAPTURED';
      });
    } finally {
      await db.query('DROP FUNCTION outbox_add');
      await db.query('ALTER FUNCTION outbox_add_real RENAME TO outbox_add');
    }
    const withoutTicket = async () => (await platform.orders.getSaleLedger({ eventId })).paidWithoutTicket;
    // Until the saga has had its time it is not suspicious.
    assert.equal(await withoutTicket(), 0);
    await db.query(`UPDATE payments SET capture_time = capture_time - interval '1 hour' WHERE order_id = $1`, [
      order.id,
    ]);
    assert.equal(await withoutTicket(), 1);
    // With the message it is settled like any late money.
    await db.query(`SELECT payment_emit(p, 'payment.completed', '{}') FROM payments p WHERE order_id = $1`, [order.id]);
    assert.equal((await platform.untilOrder(order.id, 'PAID')).tickets.length, 1);
    assert.equal(await withoutTicket(), 0);
  });

  it('what was decided is decided again when the histories are replayed', async () => {
    assert.ok((await replayAll(platform.temporalAddress)) >= 4);
  });

  it('money that comes while the webhooks are down is found before the order is given up', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 1 } });
    const order = await place(eventId, classId('GA'));
    platform.webhooksDown = true;
    try {
      await platform.pay(order.id);
      const paid = await platform.untilOrder(order.id, 'PAID');
      assert.equal(paid.tickets.length, 1);
    } finally {
      platform.webhooksDown = false;
    }
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come true within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
