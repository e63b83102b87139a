import assert from 'node:assert/strict';
import { newsOf } from './news.ts';

describe('news of a sale', () => {
  const condition = (status: 'True' | 'False') => ({
    type: 'PlanReady',
    status,
    reason: 'CapReached',
    message: 'raise it',
    lastTransitionTime: '2027-01-01T00:00:00Z',
  });
  const byHand = [{ what: 'mail', need: '67 mails/s', askBy: '2027-01-01T00:00:00Z', how: 'ask' }];

  it('is told once: a phase, a cap, and what is left to people', () => {
    const now = { phase: 'Pending' as const, conditions: [condition('False')], byHand };
    assert.deepEqual(newsOf(undefined, now, 'scheduled'), [
      {
        type: 'Warning',
        reason: 'ByHand',
        message: 'before buyers come, somebody must raise mail to 67 mails/s: status.byHand says how',
      },
      { type: 'Warning', reason: 'CapReached', message: 'raise it' },
      { type: 'Normal', reason: 'Pending', message: 'scheduled' },
    ]);
    assert.deepEqual(newsOf(now, now, 'scheduled'), []);
  });

  it('warns of phases that nobody wants', () => {
    assert.equal(newsOf({ phase: 'Prescaling' }, { phase: 'Held' }, 'held')[0]?.type, 'Warning');
  });
});
