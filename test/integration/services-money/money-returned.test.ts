import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { parseMoneyReturned } from '#lambda/email-sender/money-returned.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { encodeEnvelope } from '#runtime/event-envelope.ts';
import { createKafka } from '#runtime/kafka.ts';
import { silentLogger } from '#runtime/log.ts';
import { type HeardMessages, hear } from './heard-messages.ts';
import { type MoneyPlatform, startMoneyPlatform } from './platform.ts';

/** A bank transfer is what the buyer types. What was not the price goes back, and somebody says so. */
describe('money that was not the price of its order', function () {
  this.timeout(240_000);
  let platform: MoneyPlatform;
  let told: HeardMessages;
  const kafkaOf = () => createKafka({ brokers: platform.kafkaBrokers, clientId: 'test', log: silentLogger() });
  before(async () => {
    platform = await startMoneyPlatform({ hold: '60s' });
    told = hear(platform.kafkaBrokers, TOPIC.orderMoneyReturned);
  });
  after(async () => {
    await told?.[Symbol.asyncDispose]();
    await platform?.[Symbol.asyncDispose]();
  });

  const buy = async () => {
    const { eventId, classId } = await platform.aSale({ GA: { total: 10 } });
    const userId = randomUUID();
    const { order } = await platform.orders.createOrder({
      ...{ idempotencyKey: randomUUID(), eventId, userId, email: 'buyer@example.test', fullName: 'Nguyễn Văn An' },
      lines: [{ ticketClassId: classId('GA'), quantity: 1 }],
      ...{ provider: 'PROVIDER_PAYOS', admissionToken: await platform.admission(userId, eventId), language: 'vi' },
    });
    assert.ok(order);
    return order;
  };
  const toldOf = async (orderId: string, times = 1) => {
    for (let n = 0; n < 200 && (told.byKey.get(orderId)?.size ?? 0) < times; n++) await systemClock.sleep(100);
    const messages = [...(told.byKey.get(orderId) ?? [])];
    assert.equal(messages.length, times);
    // As the mail function reads them.
    return messages.map(([id, data]) => ({ id, ...parseMoneyReturned(data) }));
  };

  it('was too little: the buyer is told when it is back, with what came and what was owed', async () => {
    const order = await buy();
    await platform.pay(order.id, 'wrong-amount', { amount: 300_000 });
    await systemClock.sleep(1_000);
    assert.equal(told.byKey.has(order.id), false);
    await platform.orders.cancelOrder({ orderId: order.id, userId: order.userId, undoRehearsal: false, reason: '' });
    await platform.untilOrder(order.id, 'CANCELLED');
    const [said] = await toldOf(order.id);
    assert.ok(said);
    const { id, code, email, language, reason, provider, event } = said;
    assert.equal(id, `order.money-returned:${order.id}:UNDERPAID-300000`);
    assert.deepEqual(
      [code, email, language, reason, provider, event.name],
      [order.code, 'buyer@example.test', 'vi', 'UNDERPAID', 'payos', 'Integration Night'],
    );
    const amounts = [said.received, said.owed, said.returned].map(({ amountMinor }) => amountMinor);
    assert.deepEqual(amounts, [300_000n, 500_000n, 300_000n]);
  });

  it('was too much, and then all of it again: the tickets stay, each surplus is told of once', async () => {
    const order = await buy();
    await platform.pay(order.id, 'wrong-amount', { amount: 600_000 });
    await platform.untilOrder(order.id, 'PAID');
    const [first] = await toldOf(order.id);
    assert.deepEqual(
      [first?.reason, first?.received.amountMinor, first?.returned.amountMinor],
      ['SURPLUS', 600_000n, 100_000n],
    );
    await platform.pay(order.id, 'pay-late');
    const [, second] = await toldOf(order.id, 2);
    assert.deepEqual([second?.received.amountMinor, second?.returned.amountMinor], [1_000_000n, 500_000n]);
    assert.equal((await platform.orders.getOrder({ orderId: order.id })).order?.state, 'ORDER_STATE_PAID');
  });

  it('is told of again when the message comes again, under the same name; one that says nothing holds up no other', async () => {
    const order = await buy();
    const amount = (amountMinor: string) => ({ amountMinor, currency: 'VND' });
    const data = {
      ...{ orderId: order.id, reason: 'SURPLUS', returnId: 'SURPLUS-1', returnTime: '2027-01-01T00:00:00Z' },
      ...{ received: amount('2'), owed: amount('1'), returned: amount('1') },
    };
    const producer = kafkaOf().producer();
    for (const one of [{}, { ...data, orderId: randomUUID() }, data, data]) {
      const value = encodeEnvelope({
        id: 'x',
        type: TOPIC.paymentReturned,
        time: Date.now(),
        key: order.id,
        data: one,
      });
      await producer.send(TOPIC.paymentReturned, [{ key: order.id, value, headers: {} }]);
    }
    await producer.close();
    assert.equal((await toldOf(order.id))[0]?.id, `order.money-returned:${order.id}:SURPLUS-1`);
  });
});
