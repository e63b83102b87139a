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
    assert.throws(() => orderFact(message('order.lost', {})), /it is order.lost/);
  });

  it('becomes one row per order, whichever comes first', () => {
    const [a, b] = [orderFact(created({}, 1_000)), orderFact(paid({}, 2_000))];
    assert.ok(a && b);
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      const [one, ...more] = mergeFacts(order);
      assert.deepEqual(more, []);
      assert.deepEqual([one?.createTime?.getTime(), one?.payTime?.getTime()], [1_000, 2_000]);
      assert.equal(one?.revenueMinor, 1_600_000n);
    }
  });
});
