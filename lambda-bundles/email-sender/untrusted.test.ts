import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ServiceError } from '#runtime/errors.ts';
import { readMailFeedback } from './mail-feedback.ts';
import { parseMoneyReturned } from './money-returned.ts';
import { parsePaidOrder } from './paid-order.ts';
import { parseRefundedOrder } from './refunded-order.ts';

/** JSON values with the names that the readers look for, and those that hurt. */
const key = fc.constantFrom(
  ...['event', 'total', 'venue', 'tickets', 'amountMinor', 'currency', 'orderId', 'email', 'code', 'name', 'startTime'],
  ...['refunded', 'lines', 'className', 'quantity', 'provider', 'reason', 'received', 'owed', 'returned', 'returnId'],
  ...['source', 'detail', 'eventType', 'bounce', 'bouncedRecipients', 'emailAddress', 'mail', 'tags', 'order'],
  ...['toString', 'valueOf', '__proto__', 'length'],
);
const leaf = fc.oneof(fc.constantFrom('aws.ses', 'Bounce', 'Complaint', '1'), fc.jsonValue({ maxDepth: 1 }));
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof({ maxDepth: 5 }, leaf, fc.dictionary(key, tie('any')), fc.array(tie('any'), { maxLength: 3 })),
})).any;
/** As it comes: through JSON, where no prototype survives. */
const sent = fc
  .oneof(value, fc.constant({ toString: 1 }))
  .map((one) => JSON.parse(JSON.stringify(one) ?? 'null') as unknown);

/** One of its fields, at any depth, is something else. */
function spoilt(whole: object): fc.Arbitrary<unknown> {
  const names = [...new Set(JSON.stringify(whole).match(/(?<=")\w+(?=":)/g))];
  return fc.tuple(fc.constantFrom(...names), sent).map(([spoil, other]) => {
    const marked = JSON.stringify(whole, (name, v: unknown) => (name === spoil ? '@' : v));
    return JSON.parse(marked.replaceAll('"@"', () => JSON.stringify(other))) as unknown;
  });
}

function isAnswered(read: () => unknown, reason: string): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    assert.deepEqual([error.reason, error.retryable], [reason, false]);
  }
}

describe('messages that are not as agreed', () => {
  it('are no paid order, said by name, and never a defect', () => {
    const whole = {
      ...{ orderId: 'o', code: 'c', email: 'a@b', total: { amountMinor: '1', currency: 'VND' } },
      ...{ event: { name: 'n', startTime: 's', venue: { name: 'v' } } },
      tickets: [{ id: 't', className: 'GA', seat: '', qrPayload: 'q' }],
    };
    assert.ok(parsePaidOrder(whole));
    const data = fc.oneof(sent, spoilt(whole));
    fc.assert(fc.property(data, (one) => isAnswered(() => parsePaidOrder(one), 'BAD_ORDER_PAID')));
  });

  it('are no refunded order, said by name, and never a defect', () => {
    const whole = {
      ...{ orderId: 'o', code: 'c', email: 'a@b', refunded: { amountMinor: '1', currency: 'VND' }, reason: 'r' },
      ...{ event: { name: 'n', startTime: 's', venue: { name: 'v' } }, provider: 'p' },
      ...{ lines: [{ className: 'GA', quantity: 1 }], tickets: [{ id: 't', className: 'GA' }] },
    };
    assert.ok(parseRefundedOrder(whole));
    const data = fc.oneof(sent, spoilt(whole));
    fc.assert(fc.property(data, (one) => isAnswered(() => parseRefundedOrder(one), 'BAD_ORDER_REFUNDED')));
  });

  it('are no word of money that went back, said by name, and never a defect', () => {
    const vnd = { amountMinor: '1', currency: 'VND' };
    const whole = {
      ...{ orderId: 'o', code: 'c', email: 'a@b', provider: 'p', reason: 'r', returnId: 'r-1' },
      ...{ received: vnd, owed: vnd, returned: vnd },
      event: { name: 'n', startTime: 's', venue: { name: 'v' } },
    };
    assert.ok(parseMoneyReturned(whole));
    const data = fc.oneof(sent, spoilt(whole));
    fc.assert(fc.property(data, (one) => isAnswered(() => parseMoneyReturned(one), 'BAD_MONEY_RETURNED')));
  });

  it('are no news of a mail, said by name, and never a defect', () => {
    const event = fc.record({ source: fc.constant('aws.ses'), detail: sent });
    fc.assert(
      fc.property(
        fc.oneof(sent, event).map((one) => JSON.stringify(one)),
        (body) => isAnswered(() => readMailFeedback(body), 'BAD_MAIL_FEEDBACK'),
      ),
    );
  });
});
