import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type EventContent, type EventStateName, isComplete, STATES, stateAfter, stateAfterUpsert } from './event.ts';

const complete: EventContent = {
  id: 'e',
  name: 'Concert',
  description: '',
  venue: { name: 'Hall', address: '', city: '', country: '' },
  startMs: 1,
  ticketTypes: [{ name: 'GA', description: '', price: { amountMinor: 1n, currency: 'VND' }, maxPerOrder: 4 }],
  sale: { preQueueMs: 1, openMs: 2, closeMs: 3, timeZone: 'UTC' },
  organiserId: '',
};
const bare: EventContent = { ...complete, venue: undefined };

describe('event lifecycle', () => {
  it('goes from draft to published only through every step', () => {
    assert.equal(stateAfterUpsert(undefined, bare), 'DRAFT');
    assert.equal(stateAfterUpsert('DRAFT', complete), 'CONFIGURED');
    assert.equal(stateAfter('publish', 'CONFIGURED'), 'REFUSED');
    assert.equal(stateAfter('approve', 'DRAFT'), 'REFUSED');
    assert.equal(stateAfter('approve', 'CONFIGURED'), 'APPROVED');
    assert.equal(stateAfter('publish', 'APPROVED'), 'PUBLISHED');
  });

  it('never leaves CANCELLED, and takes nothing away from what is on sale', () => {
    for (const command of ['approve', 'publish'] as const) assert.equal(stateAfter(command, 'CANCELLED'), 'REFUSED');
    assert.equal(stateAfter('cancel', 'CANCELLED'), 'CANCELLED');
    assert.equal(stateAfterUpsert('CANCELLED', complete), 'REFUSED');
    assert.equal(stateAfterUpsert('PUBLISHED', bare), 'REFUSED');
    assert.equal(stateAfterUpsert('PUBLISHED', complete), 'PUBLISHED');
  });

  it('is the same when a command is repeated', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('approve' as const, 'publish' as const, 'cancel' as const),
        fc.constantFrom<EventStateName[]>(...STATES),
        (command, before) => {
          const once = stateAfter(command, before);
          if (once !== 'REFUSED') assert.equal(stateAfter(command, once), once);
        },
      ),
    );
    assert.equal(isComplete(complete), true);
  });
});
