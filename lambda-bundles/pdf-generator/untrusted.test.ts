import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ServiceError } from '#runtime/errors.ts';
import { parseOrderPaid } from './order-paid.ts';
import { sampleOrder } from './sample-order.ts';

/** As it comes: through JSON, where no prototype survives. */
const sent = fc
  .oneof(fc.jsonValue({ maxDepth: 4 }), fc.constant({ toString: 1, length: 1 }), fc.constant('9'.repeat(400)))
  .map((one) => JSON.parse(JSON.stringify(one) ?? 'null') as unknown);

describe('messages that are not as agreed', () => {
  it('are no tickets to write, said by name, and never a defect', () => {
    const names = [...new Set(JSON.stringify(sampleOrder).match(/(?<=")\w+(?=":)/g))];
    // One of its fields, at any depth, is something else.
    const spoilt = fc.tuple(fc.constantFrom(...names), sent).map(([spoil, other]) => {
      const marked = JSON.stringify(sampleOrder, (name, value: unknown) => (name === spoil ? '@' : value));
      return JSON.parse(marked.replaceAll('"@"', () => JSON.stringify(other))) as unknown;
    });
    assert.ok(parseOrderPaid(JSON.parse(JSON.stringify(sampleOrder))));
    fc.assert(
      fc.property(fc.oneof(sent, spoilt), (data) => {
        try {
          const { tickets } = parseOrderPaid(data);
          for (const fields of tickets) for (const value of Object.values(fields)) assert.equal(typeof value, 'string');
        } catch (error) {
          assert.ok(error instanceof ServiceError, String(error));
          assert.deepEqual([error.reason, error.retryable], ['BAD_ORDER_PAID', false]);
        }
      }),
    );
  });
});
