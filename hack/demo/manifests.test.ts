import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shareTickets } from './manifests.ts';

describe('shareTickets', () => {
  it('loses no ticket and leaves no class empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 100_000 }), (tickets) => {
        const classes = [{ quantity: 700 }, { quantity: 250 }, { quantity: 50 }];
        shareTickets(classes, tickets);
        assert.equal(
          classes.reduce((sum, row) => sum + row.quantity, 0),
          tickets,
        );
        assert.ok(classes.every((row) => row.quantity >= 1));
      }),
    );
  });
});
