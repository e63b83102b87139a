import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { replayAll } from './histories.ts';
import { type MoneyPlatform, startMoneyPlatform } from './platform.ts';

/**
 * The last commits of inventory are lost, as where a region is promoted without a handover: the orders table, which all regions
 * share, knows of tickets whose stock is free. Reading the books of the sale brings inventory into line.
 */
describe('stock of paid orders that inventory has lost', function () {
  this.timeout(240_000);
  let platform: MoneyPlatform;
  before(async () => {
    platform = await startMoneyPlatform({ hold: '60s' });
  });
  after(async () => {
    await platform?.[Symbol.asyncDispose]();
  });

  type ASale = Awaited<ReturnType<MoneyPlatform['aSale']>>;
  const buy = async ({ eventId, classId }: ASale) => {
    const userId = randomUUID();
    const { order } = await platform.orders.createOrder({
      ...{ idempotencyKey: randomUUID(), eventId, userId, email: 'buyer@example.test', fullName: 'Nguyễn Văn An' },
      lines: [{ ticketClassId: classId('GA'), quantity: 2 }],
      provider: 'PROVIDER_PAYOS',
      admissionToken: await platform.admission(userId, eventId),
      language: 'vi',
    });
    assert.ok(order);
    return order;
  };
  const paid = async (sale: ASale) => {
    const { id } = await buy(sale);
    await platform.pay(id);
    return await platform.untilOrder(id, 'PAID');
  };
  /** Takes the reservation back to what it was before: the counters as if nothing had been since. */
  const lose = async (orderId: string, to: 'HELD' | 'EXPIRED' | 'nothing') => {
    const db = platform.inventoryDb;
    const { rows } = await db.query<{ state: string }>('SELECT state FROM reservations WHERE order_id = $1', [orderId]);
    const was = rows[0]?.state === 'CONFIRMED' ? 'sold' : 'reserved';
    const counters =
      to === 'HELD' ? `${was} = ${was} - l.quantity, reserved = reserved + l.quantity` : `${was} = ${was} - l.quantity`;
    await db.query(
      `UPDATE ticket_classes c SET ${counters} FROM reservation_lines l WHERE l.order_id = $1 AND l.ticket_class_id = c.id`,
      [orderId],
    );
    if (to === 'nothing') {
      await db.query('DELETE FROM reservation_lines WHERE order_id = $1', [orderId]);
      await db.query('DELETE FROM reservations WHERE order_id = $1', [orderId]);
    } else await db.query('UPDATE reservations SET state = $2 WHERE order_id = $1', [orderId, to]);
  };
  const reservation = async (orderId: string) => {
    const { rows } = await platform.inventoryDb.query<{ state: string }>(
      'SELECT state FROM reservations WHERE order_id = $1',
      [orderId],
    );
    return rows[0]?.state;
  };
  const books = async ({ eventId }: ASale) => {
    const { stockRestated, ticketWithoutStock } = await platform.orders.getSaleLedger({ eventId });
    return { stockRestated, ticketWithoutStock };
  };
  const stock = async ({ eventId }: ASale) => {
    const { balanced, oversold, classes } = await platform.inventory.getLedger({ eventId });
    return { balanced, oversold, sold: classes[0]?.soldLedger, reserved: classes[0]?.reservedLedger };
  };

  it('is sold to them again, whatever is left of their reservation, and nothing else is touched', async () => {
    const sale = await platform.aSale({ GA: { total: 12 } });
    const orders = await Promise.all(Array.from({ length: 5 }, () => paid(sale)));
    const waiting = await buy(sale);
    assert.deepEqual(await books(sale), { stockRestated: 0, ticketWithoutStock: 0 });
    const [expired, held, missing] = orders.map(({ id }) => id) as [string, string, string];
    await lose(expired, 'EXPIRED');
    await lose(held, 'HELD');
    await lose(missing, 'nothing');
    assert.deepEqual(await stock(sale), { balanced: true, oversold: 0, sold: 4, reserved: 4 });
    // Several operators' looks at once: two regions, or a leader who was replaced.
    const looks = await Promise.all(Array.from({ length: 3 }, () => books(sale)));
    assert.ok(looks.every(({ ticketWithoutStock }) => ticketWithoutStock === 0));
    assert.ok(looks.reduce((sum, { stockRestated }) => sum + stockRestated, 0) >= 3);
    for (const { id } of orders) assert.equal(await reservation(id), 'CONFIRMED');
    assert.equal(await reservation(waiting.id), 'HELD');
    assert.deepEqual(await stock(sale), { balanced: true, oversold: 0, sold: 10, reserved: 2 });
    for (const order of orders) assert.deepEqual((await platform.orders.getOrder({ orderId: order.id })).order, order);
    assert.deepEqual(await books(sale), { stockRestated: 0, ticketWithoutStock: 0 });
    await assert.rejects(platform.inventory.reserve(anotherHold(sale, 1)), /not enough tickets/);
  });

  const anotherHold = ({ eventId, classId }: ASale, quantity: number) => ({
    ...{ orderId: randomUUID(), eventId, userId: randomUUID(), lines: [{ ticketClassId: classId('GA'), quantity }] },
    expireTime: { seconds: String(Math.floor(Date.now() / 1000) + 60), nanos: 0 },
  });

  it('that was sold to somebody else meanwhile is told, keeps nobody out, and is there once there is more', async () => {
    const sale = await platform.aSale({ GA: { total: 2 } });
    const first = await paid(sale);
    await lose(first.id, 'EXPIRED');
    const second = await paid(sale);
    assert.deepEqual(await books(sale), { stockRestated: 0, ticketWithoutStock: 1 });
    assert.deepEqual((await platform.orders.getOrder({ orderId: first.id })).order, first);
    assert.equal(await reservation(second.id), 'CONFIRMED');
    const { eventId } = sale;
    const { classes } = await platform.inventory.listTicketClasses({ eventId });
    await platform.inventory.upsertTicketClasses({ eventId, classes: classes.map((one) => ({ ...one, total: 4 })) });
    assert.deepEqual(await books(sale), { stockRestated: 1, ticketWithoutStock: 0 });
    assert.deepEqual(await stock(sale), { balanced: true, oversold: 0, sold: 4, reserved: 0 });
  });

  it('is not taken for an order that is given back at the same moment', async () => {
    const sale = await platform.aSale({ GA: { total: 12 } });
    const orders = await Promise.all(Array.from({ length: 6 }, () => paid(sale)));
    await Promise.all(orders.map(({ id }, n) => lose(id, n % 2 === 0 ? 'EXPIRED' : 'nothing')));
    await Promise.all([
      ...orders.map(({ id }) => platform.orders.refundOrder({ orderId: id, reason: 'GIVEN_BACK' })),
      ...Array.from({ length: 4 }, () => books(sale)),
    ]);
    for (const { id } of orders) await platform.untilOrder(id, 'REFUNDED');
    assert.deepEqual(await books(sale), { stockRestated: 0, ticketWithoutStock: 0 });
    assert.deepEqual(await stock(sale), { balanced: true, oversold: 0, sold: 0, reserved: 0 });
  });

  it('of an event that is cancelled is no reason to keep the money', async () => {
    const sale = await platform.aSale({ GA: { total: 4 } });
    const [known, lost] = [await paid(sale), await paid(sale)];
    await lose(lost.id, 'nothing');
    await platform.events.cancelEvent({ eventId: sale.eventId, reason: 'storm' });
    await platform.untilOrder(known.id, 'REFUNDED');
    await books(sale);
    assert.equal((await platform.untilOrder(lost.id, 'REFUNDED')).failureReason, 'EVENT_CANCELLED');
    assert.deepEqual(await books(sale), { stockRestated: 0, ticketWithoutStock: 0 });
  });

  it('a hold that is lost before its money comes is taken anew', async () => {
    const sale = await platform.aSale({ GA: { total: 2 } });
    const order = await buy(sale);
    await lose(order.id, 'nothing');
    await platform.pay(order.id);
    await platform.untilOrder(order.id, 'PAID');
    assert.deepEqual(await stock(sale), { balanced: true, oversold: 0, sold: 2, reserved: 0 });
  });

  it('what was decided is decided again when the histories are replayed', async () => {
    assert.ok((await replayAll(platform.temporalAddress)) >= 10);
  });
});
