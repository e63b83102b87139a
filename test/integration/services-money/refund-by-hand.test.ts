import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { type HeardMessages, hear } from './heard-messages.ts';
import { replayAll } from './histories.ts';
import { type MoneyPlatform, startMoneyPlatform } from './platform.ts';

const refused = (reason: string) => (error: unknown) => error instanceof ServiceError && error.reason === reason;

/** Support gives one order back. Tickets and money go together, however it is asked for. */
describe('an order that is given back by hand', function () {
  this.timeout(240_000);
  let platform: MoneyPlatform;
  /** What buyers are told of refunds, by order. */
  let refunds: HeardMessages;
  before(async () => {
    platform = await startMoneyPlatform({ hold: '60s' });
    refunds = hear(platform.kafkaBrokers, TOPIC.orderRefunded);
  });
  after(async () => {
    await refunds?.[Symbol.asyncDispose]();
    await platform?.[Symbol.asyncDispose]();
  });

  const buy = async (
    { eventId, classId }: Awaited<ReturnType<MoneyPlatform['aSale']>>,
    provider: 'PROVIDER_PAYOS' | 'PROVIDER_VNPAY' | 'PROVIDER_ZALOPAY' = 'PROVIDER_PAYOS',
  ) => {
    const userId = randomUUID();
    const { order } = await platform.orders.createOrder({
      ...{ idempotencyKey: randomUUID(), eventId, userId, email: 'buyer@example.test', fullName: 'Nguyễn Văn An' },
      lines: [{ ticketClassId: classId('GA'), quantity: 2 }],
      ...{ provider, admissionToken: await platform.admission(userId, eventId), language: 'vi' },
    });
    assert.ok(order);
    return order;
  };
  const paid = async (...how: Parameters<typeof buy>) => {
    const { id, total } = await buy(...how);
    if (total?.amountMinor !== '0') await platform.pay(id);
    return await platform.untilOrder(id, 'PAID');
  };
  const scan = async (order: { id: string; eventId: string; tickets: readonly { id: string }[] }) => {
    const scanTime = { seconds: String(Math.floor(Date.now() / 1000)), nanos: 0 };
    const { outcome } = await platform.orders.scanTicket({
      ...{ ticketId: order.tickets[0]?.id ?? '', orderId: order.id, eventId: order.eventId },
      scan: { gate: 'A', direction: 'SCAN_DIRECTION_IN', scanTime },
      ...{ nonce: randomUUID(), scannerId: randomUUID() },
    });
    return outcome;
  };
  const giveBack = async (orderId: string, reason = 'DOUBLE_PURCHASE') => {
    const { order } = await platform.orders.refundOrder({ orderId, reason });
    assert.ok(order);
    return order;
  };
  /** Rows that give money of the order back, and what of it is back. */
  const moneyOf = async (orderId: string) => {
    const { rows } = await platform.paymentDb.query<{ refunds: number; state: string; kept: bigint }>(
      `SELECT p.state, p.captured_minor - p.refunded_minor AS kept,
              (SELECT count(*)::int FROM refunds r WHERE r.payment_id = p.id) AS refunds
       FROM payments p WHERE p.order_id = $1`,
      [orderId],
    );
    return rows[0];
  };
  const sold = async (eventId: string) => (await platform.inventory.getLedger({ eventId })).classes[0]?.soldLedger;
  const toldOf = async (orderId: string) => {
    for (let n = 0; n < 200 && !refunds.byKey.has(orderId); n++) await systemClock.sleep(100);
    assert.deepEqual([...(refunds.byKey.get(orderId)?.keys() ?? [])], [`order.refunded:${orderId}`]);
    return refunds.byKey.get(orderId)?.get(`order.refunded:${orderId}`);
  };

  it('the payment service alone gives no money back for tickets that stay valid, and says who does', async () => {
    const order = await paid(await platform.aSale({ GA: { total: 10 } }));
    await assert.rejects(
      platform.payments.refundPayment({ orderId: order.id, reason: 'support' }),
      refused('REFUND_THE_ORDER'),
    );
    assert.deepEqual(await moneyOf(order.id), { state: 'CAPTURED', kept: 1_000_000n, refunds: 0 });
    assert.equal(await scan(order), 'SCAN_OUTCOME_ADMITTED');
  });

  it('loses its tickets, then its stock and its money go back, once, and the buyer is told', async () => {
    const sale = await platform.aSale({ GA: { total: 2 } });
    const order = await paid(sale);
    const answers = await Promise.all(Array.from({ length: 5 }, () => giveBack(order.id)));
    for (const { state, failureReason } of answers) {
      assert.ok(['ORDER_STATE_REFUNDING', 'ORDER_STATE_REFUNDED'].includes(state), state);
      assert.equal(failureReason, 'DOUBLE_PURCHASE');
    }
    // From the answer on.
    assert.equal(await scan(order), 'SCAN_OUTCOME_REFUNDED');
    const now = await platform.untilOrder(order.id, 'REFUNDED');
    assert.deepEqual(await moneyOf(order.id), { state: 'REFUNDED', kept: 0n, refunds: 1 });
    const { reason, refunded, tickets } = (await toldOf(order.id)) ?? {};
    assert.deepEqual([reason, refunded, (tickets as unknown[]).length], ['DOUBLE_PURCHASE', order.total, 2]);
    assert.deepEqual(await giveBack(order.id, 'ANOTHER_WORD'), now);
    // Somebody else may have the tickets now.
    assert.equal(await sold(sale.eventId), 0);
    await paid(sale);
    const ledger = await platform.inventory.getLedger({ eventId: sale.eventId });
    assert.deepEqual([ledger.balanced, ledger.oversold, ledger.classes[0]?.soldLedger], [true, 0, 2]);
    const books = await platform.orders.getSaleLedger({ eventId: sale.eventId });
    assert.deepEqual(
      [books.paidCount, books.refundedCount, books.paidWithoutTicket, books.ticketWithoutPayment],
      [1, 1, 0, 0],
    );
  });

  it('is answered while the bank has the money still, and opens no door meanwhile', async () => {
    await platform.refundsAtVnPay('processing');
    const order = await paid(await platform.aSale({ GA: { total: 10 } }), 'PROVIDER_VNPAY');
    assert.equal((await giveBack(order.id, '')).state, 'ORDER_STATE_REFUNDING');
    assert.equal(await scan(order), 'SCAN_OUTCOME_REFUNDED');
    // A worker that dies now leaves it to the next one.
    await platform.restart('order', 'SIGKILL');
    assert.equal((await giveBack(order.id)).failureReason, 'GIVEN_BACK');
    assert.equal(refunds.byKey.has(order.id), false);
    await platform.refundsAtVnPay('done');
    await platform.untilOrder(order.id, 'REFUNDED');
    assert.equal((await toldOf(order.id))?.['reason'], 'GIVEN_BACK');
  });

  it('and its event is cancelled at the same time: one refund, one message', async () => {
    const sale = await platform.aSale({ GA: { total: 10 } });
    const orders = await Promise.all([paid(sale), paid(sale), paid(sale)]);
    await Promise.all([
      platform.events.cancelEvent({ eventId: sale.eventId, reason: 'storm' }),
      ...orders.map(({ id }) => giveBack(id)),
    ]);
    for (const { id } of orders) {
      await platform.untilOrder(id, 'REFUNDED');
      assert.deepEqual(await moneyOf(id), { state: 'REFUNDED', kept: 0n, refunds: 1 });
      await toldOf(id);
    }
    assert.equal(await sold(sale.eventId), 0);
  });

  it('gives its stock back also when its workflow was lost after the tickets stopped being valid', async () => {
    const sale = await platform.aSale({ GA: { total: 10 } });
    const order = await paid(sale);
    assert.equal(await platform.ordersTable.move(order.id, 'REFUNDING', 'DOUBLE_PURCHASE'), 'REFUNDING');
    const connection = await Connection.connect({ address: platform.temporalAddress });
    // What reading the ledger does for every payment that has neither tickets nor a refund.
    await new Client({ connection }).workflow.signalWithStart('orderWorkflow', {
      ...{ workflowId: `order-${order.id}`, taskQueue: 'order', workflowTaskTimeout: '10s' },
      ...{ args: [{ kind: 'resume', orderId: order.id }], signal: 'paymentCompleted' },
      signalArgs: [{ providerTxnId: 'ledger' }],
    });
    await connection.close();
    await platform.untilOrder(order.id, 'REFUNDED');
    assert.equal(await sold(sale.eventId), 0);
  });

  it('takes the tickets also where the money went back past the order, and gives none back twice', async () => {
    const order = await paid(await platform.aSale({ GA: { total: 10 } }));
    await platform.payments.refundPayment({ orderId: order.id, reason: 'support', ticketsVoid: true });
    assert.equal(await scan(order), 'SCAN_OUTCOME_ADMITTED');
    const books = await platform.orders.getSaleLedger({ eventId: order.eventId });
    assert.equal(books.ticketWithoutPayment, 1);
    await giveBack(order.id);
    assert.equal(await scan(order), 'SCAN_OUTCOME_REFUNDED');
    await platform.untilOrder(order.id, 'REFUNDED');
    assert.deepEqual(await moneyOf(order.id), { state: 'REFUNDED', kept: 0n, refunds: 1 });
    await toldOf(order.id);
  });

  it('may have cost nothing', async () => {
    const order = await paid(await platform.aSale({ GA: { total: 10, price: 0 } }));
    await giveBack(order.id);
    await platform.untilOrder(order.id, 'REFUNDED');
    assert.equal(await scan(order), 'SCAN_OUTCOME_REFUNDED');
  });

  it('must be one: who has paid nothing, or gives a reason that means something else, is refused', async () => {
    const sale = await platform.aSale({ GA: { total: 10 } });
    const waiting = await buy(sale);
    await assert.rejects(giveBack(waiting.id), refused('ORDER_NOT_PAID'));
    await assert.rejects(giveBack(randomUUID()), refused('ORDER_NOT_FOUND'));
    for (const reason of ['EVENT_CANCELLED', 'double purchase'])
      await assert.rejects(giveBack(waiting.id, reason), refused('INVALID_REASON'));
    // It is none the worse for it.
    await platform.pay(waiting.id);
    await platform.untilOrder(waiting.id, 'PAID');
  });

  it('is decided again when the histories are replayed', async () => {
    assert.ok((await replayAll(platform.temporalAddress)) >= 10);
  });
});
