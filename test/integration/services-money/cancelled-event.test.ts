import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { type HeardMessages, hear } from './heard-messages.ts';
import { replayAll } from './histories.ts';
import { type MoneyPlatform, startMoneyPlatform } from './platform.ts';

/**
 * An event is cancelled while people buy. Whatever an order was at that moment: nobody keeps a ticket, and nobody's money is
 * kept.
 */
describe('an event that is cancelled', function () {
  this.timeout(240_000);
  let platform: MoneyPlatform;
  /** What buyers are told of refunds, by order. */
  let refunds: HeardMessages;
  before(async () => {
    // Slow enough that telling them takes several pages, and quick enough for a test.
    platform = await startMoneyPlatform({ hold: '60s', env: { CANCELLED_EVENT_REFUNDS_PER_SECOND: '4' } });
    refunds = hear(platform.kafkaBrokers, TOPIC.orderRefunded);
  });
  after(async () => {
    await refunds?.[Symbol.asyncDispose]();
    await platform?.[Symbol.asyncDispose]();
  });

  const PROVIDERS = ['PROVIDER_ZALOPAY', 'PROVIDER_PAYOS', 'PROVIDER_VNPAY'] as const;
  const buy = async (eventId: string, ticketClassId: string, n = 0) => {
    const userId = randomUUID();
    const { order } = await platform.orders.createOrder({
      idempotencyKey: randomUUID(),
      eventId,
      userId,
      email: 'buyer@example.test',
      fullName: 'Nguyễn Văn An',
      lines: [{ ticketClassId, quantity: 1 + (n % 2) }],
      provider: PROVIDERS[n % 3] ?? 'PROVIDER_PAYOS',
      admissionToken: await platform.admission(userId, eventId),
      language: 'vi',
    });
    assert.ok(order);
    return order;
  };
  const paid = async (eventId: string, ticketClassId: string, n = 0) => {
    const order = await buy(eventId, ticketClassId, n);
    await platform.pay(order.id);
    return await platform.untilOrder(order.id, 'PAID');
  };
  /** What the buyer is told once; fails after 20 s. */
  const toldOf = async (orderId: string) => {
    for (let n = 0; n < 200 && !refunds.byKey.has(orderId); n++) await systemClock.sleep(100);
    assert.deepEqual([...(refunds.byKey.get(orderId)?.keys() ?? [])], [`order.refunded:${orderId}`]);
    return refunds.byKey.get(orderId)?.get(`order.refunded:${orderId}`);
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

  it('gives back everything, while buyers buy, pay and the worker dies', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 100 }, Guest: { total: 5, price: 0 } });
    const had = await Promise.all(Array.from({ length: 18 }, (_, n) => paid(eventId, classId('GA'), n)));
    const guest = await buy(eventId, classId('Guest'));
    await platform.untilOrder(guest.id, 'PAID');
    assert.equal(await scan(had[0] as (typeof had)[0]), 'SCAN_OUTCOME_ADMITTED');
    const waiting = await Promise.all(Array.from({ length: 4 }, (_, n) => buy(eventId, classId('GA'), n)));

    // Everything at once: new buyers, money, the cancellation and a worker that dies in the middle of it.
    const late: Promise<string>[] = [];
    const buying = (async () => {
      for (let n = 0; n < 12; n++) {
        const order = await buy(eventId, classId('GA'), n).catch(() => undefined);
        if (order === undefined) continue;
        late.push(
          platform.pay(order.id).then(
            () => order.id,
            () => order.id,
          ),
        );
      }
    })();
    await platform.events.cancelEvent({ eventId, reason: 'storm' });
    const paying = Promise.all(waiting.slice(0, 2).map(({ id }) => platform.pay(id)));
    await platform.untilOrder((had[0] as (typeof had)[0]).id, 'REFUNDING', 'REFUNDED');
    await platform.restart('order', 'SIGKILL');
    await Promise.all([buying, paying]);

    for (const { id } of [...had, guest]) {
      const order = await platform.untilOrder(id, 'REFUNDED');
      assert.equal(order.failureReason, 'EVENT_CANCELLED');
      assert.equal(await scan(order), 'SCAN_OUTCOME_REFUNDED');
      const { reason, refunded, tickets, email, event } = (await toldOf(id)) as {
        [name: string]: unknown;
        tickets: unknown[];
        event: { name: string };
      };
      assert.deepEqual([reason, refunded, email], ['EVENT_CANCELLED', order.total, 'buyer@example.test']);
      assert.deepEqual([tickets.length, event.name], [order.tickets.length, 'Integration Night']);
    }
    for (const id of [...waiting.map((order) => order.id), ...(await Promise.all(late))])
      await platform.untilOrder(id, 'REFUNDED', 'CANCELLED', 'FAILED');
    assert.equal((await platform.untilOrder(waiting[3]?.id ?? '', 'CANCELLED')).failureReason, 'EVENT_CANCELLED');
    assert.equal(refunds.byKey.has(waiting[3]?.id ?? ''), false, 'who paid nothing is told of no refund');

    const { rows } = await platform.paymentDb.query(
      `SELECT state, provider, captured_minor, refunded_minor FROM payments
       WHERE event_id = $1 AND (captured_minor <> refunded_minor OR state NOT IN ('REFUNDED', 'CANCELLED', 'FAILED'))`,
      [eventId],
    );
    assert.deepEqual(rows, []);
    const ledger = await platform.inventory.getLedger({ eventId });
    assert.deepEqual([ledger.balanced, ledger.oversold], [true, 0]);
    assert.ok(ledger.classes.every((item) => item.soldLedger === 0 && item.reservedLedger === 0));
    const books = await platform.orders.getSaleLedger({ eventId });
    assert.deepEqual([books.paidCount, books.paidWithoutTicket, books.ticketWithoutPayment], [0, 0, 0]);
    const shown = await platform.inventory.getAvailability({ eventId });
    assert.ok(shown.soldOut, 'what went back is not sold again');

    // Money of somebody who held a link: it goes back too.
    assert.equal((await platform.pay(waiting[3]?.id ?? '', 'pay-late')).status, 200);
    assert.equal((await platform.untilOrder(waiting[3]?.id ?? '', 'REFUNDED')).failureReason, 'EVENT_CANCELLED');
    assert.deepEqual((await toldOf(waiting[3]?.id ?? ''))?.['tickets'], []);
  });

  it('buyers are told when the bank has given the money back, not when it was asked to', async () => {
    await platform.refundsAtVnPay('processing');
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await paid(eventId, classId('GA'), PROVIDERS.indexOf('PROVIDER_VNPAY'));
    await platform.events.cancelEvent({ eventId, reason: 'storm' });
    const accepted = async () => {
      const { rowCount } = await platform.paymentDb.query(
        `SELECT FROM refunds r JOIN payments p ON p.id = r.payment_id
         WHERE p.order_id = $1 AND r.accepted_time IS NOT NULL`,
        [order.id],
      );
      return rowCount === 1;
    };
    for (let n = 0; n < 300 && !(await accepted()); n++) await systemClock.sleep(100);
    assert.ok(await accepted());
    await platform.untilOrder(order.id, 'REFUNDING');
    assert.equal(refunds.byKey.has(order.id), false);
    await platform.refundsAtVnPay('done');
    await platform.untilOrder(order.id, 'REFUNDED');
    assert.equal((await toldOf(order.id))?.['provider'], 'vnpay');
  });

  it('sells nothing more, not even a class that comes later, and leaves other events alone', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const other = await platform.aSale({ GA: { total: 5 } });
    const theirs = await paid(other.eventId, other.classId('GA'));
    await platform.inventory.cancelEvent({ eventId });
    await platform.inventory.cancelEvent({ eventId });
    const order = await buy(eventId, classId('GA'));
    assert.deepEqual([order.state, order.failureReason], ['ORDER_STATE_FAILED', 'EVENT_CANCELLED']);
    const { classes } = await platform.inventory.upsertTicketClasses({
      eventId,
      classes: [{ name: 'Late', price: { amountMinor: '1000', currency: 'VND' }, total: 5, maxPerOrder: 4 }],
    });
    const later = classes.find(({ name }) => name === 'Late')?.id ?? '';
    assert.equal((await buy(eventId, later)).failureReason, 'EVENT_CANCELLED');
    assert.equal((await platform.orders.getOrder({ orderId: theirs.id })).order?.state, 'ORDER_STATE_PAID');
    // Below every code path.
    await assert.rejects(
      platform.inventoryDb.query('UPDATE ticket_classes SET reserved = reserved + 1 WHERE event_id = $1', [eventId]),
      /cancelled_holds_nothing|is cancelled/,
    );
  });

  it('negative control: where the classes are not closed, stock that was given back is sold again', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 1 } });
    await platform.inventory.cancelEvent({ eventId });
    await platform.inventoryDb.query('UPDATE ticket_classes SET cancelled = false WHERE event_id = $1', [eventId]);
    assert.equal((await buy(eventId, classId('GA'))).state, 'ORDER_STATE_PENDING');
  });

  it('what was decided is decided again when the histories are replayed', async () => {
    assert.ok((await replayAll(platform.temporalAddress)) >= 20);
  });

  it('asks for nothing twice: a second cancellation changes nothing', async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 5 } });
    const order = await paid(eventId, classId('GA'));
    await platform.events.cancelEvent({ eventId, reason: 'storm' });
    const first = await platform.untilOrder(order.id, 'REFUNDED');
    await platform.events.cancelEvent({ eventId, reason: 'storm again' });
    await platform.restart('order', 'SIGTERM');
    const { rows } = await platform.paymentDb.query(
      'SELECT count(*)::int AS count FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1',
      [order.id],
    );
    assert.deepEqual(rows, [{ count: 1 }]);
    assert.deepEqual((await platform.orders.getOrder({ orderId: order.id })).order, first);
    await toldOf(order.id);
    await assert.rejects(
      platform.events.publishEvent({ eventId }),
      (error: unknown) => error instanceof ServiceError && error.reason === 'WRONG_STATE',
    );
  });
});
