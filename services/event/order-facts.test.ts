import assert from 'node:assert/strict';
import { encodeEnvelope } from '#runtime/event-envelope.ts';
import { mergeFacts, orderFact } from './order-facts.ts';

const ORDER = '0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f';
const EVENT = '1b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f';
const message = (type: string, data: object, time = 1_000) =>
  Buffer.from(encodeEnvelope({ id: 'i', type, time, key: ORDER, data: { orderId: ORDER, eventId: EVENT, ...data } }));
const created = (data: object = {}, time?: number) => message('order.created', { lines: [], ...data }, time);
const paid = (data: object = {}, time?: number) =>
  message('order.paid', { total: { amountMinor: 1_600_000n, currency: 'VND' }, tickets: [{}, {}], ...data }, time);

const refunded = (data: object = {}) =>
  message('order.refunded', {
    ...{ refunded: { amountMinor: 1_600_000n, currency: 'VND' }, tickets: [{}, {}] },
    ...{ refundTime: '1970-01-01T00:00:03Z', ...data },
  });

describe('what orders say of themselves', () => {
  it('is read to the last dong, and rehearsals are seen by nobody', () => {
    assert.equal(orderFact(paid())?.revenueMinor, 1_600_000n);
    assert.equal(orderFact(paid())?.tickets, 2);
    assert.equal(orderFact(paid({ rehearsal: true })), undefined);
    assert.equal(orderFact(created({ lines: [{ className: 'rehearsal' }] })), undefined);
  });

  it('says what a message lacks', () => {
    assert.throws(() => orderFact(Buffer.from('no')), /not JSON/);
    assert.throws(() => orderFact(created({ eventId: 'x' })), /no UUID as eventId/);
    assert.throws(() => orderFact(paid({ total: { amountMinor: '-1', currency: 'VND' } })), /no total.amountMinor/);
    assert.throws(() => orderFact(refunded({ refunded: {} })), /no refunded.amountMinor/);
    assert.throws(() => orderFact(refunded({ refundTime: 'soon' })), /no time as refundTime/);
    assert.throws(() => orderFact(message('order.lost', {})), /it is order.lost/);
  });

  it('becomes one row per order, whichever comes first', () => {
    const [a, b, c] = [orderFact(created({}, 1_000)), orderFact(paid({}, 2_000)), orderFact(refunded())];
    assert.ok(a && b && c);
    for (const order of [
      [a, b, c],
      [c, b, a],
      [b, c, a],
      [c, a, b, c, a],
    ]) {
      const [one, ...more] = mergeFacts(order);
      assert.deepEqual(more, []);
      const times = [one?.createTime, one?.payTime, one?.refundTime].map((time) => time?.getTime());
      assert.deepEqual(times, [1_000, 2_000, 3_000]);
      assert.deepEqual([one?.tickets, one?.revenueMinor, one?.currency], [2, 1_600_000n, 'VND']);
      assert.deepEqual([one?.refundedTickets, one?.refundedMinor], [2, 1_600_000n]);
    }
  });
});
