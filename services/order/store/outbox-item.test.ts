import assert from 'node:assert/strict';
import { TOPIC } from '#proto/names.ts';
import { type Notice, noticeItem, noticeOf } from './outbox-item.ts';

describe('notices in the orders table', () => {
  it('come back as they were written', () => {
    const notices: Notice[] = [
      { topic: TOPIC.orderCreated, orderId: 'o-1', initiated: { id: 'p-1', expireTimeMs: 60_000 } },
      { topic: TOPIC.orderPaid, orderId: 'o-1', initiated: undefined },
      { topic: TOPIC.orderRefunded, orderId: 'o-1', initiated: undefined, traceparent: '00-a-b-01' },
    ];
    for (const notice of notices) assert.deepEqual(noticeOf(noticeItem(notice, 0)), notice);
  });

  it('of a kind that only a newer version knows are left to it, not told as something else', () => {
    const item = noticeItem({ topic: TOPIC.orderPaid, orderId: 'o-1', initiated: undefined }, 0);
    assert.equal(noticeOf({ ...item, topic: 'order.gifted' }), undefined);
  });
});
