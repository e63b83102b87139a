import assert from 'node:assert/strict';
import { newsOf } from './news.ts';

describe('news of a sale', () => {
  const condition = (type: string, status: 'True' | 'False', reason: string, message = 'raise it') => ({
    ...{ type, status, reason, message },
    lastTransitionTime: '2027-01-01T00:00:00Z',
  });
  const byHand = [{ what: 'mail', need: '67 mails/s', askBy: '2027-01-01T00:00:00Z', how: 'ask' }];

  it('is told once: a phase, a cap, and what is left to people', () => {
    const conditions = [
      condition('PlanReady', 'False', 'CapReached'),
      condition('Ready', 'True', 'Scheduled', 'scheduled: prescaling starts at nine'),
    ];
    const now = { phase: 'Pending' as const, conditions, byHand };
    assert.deepEqual(newsOf(undefined, now), [
      {
        type: 'Warning',
        reason: 'ByHand',
        message: 'before buyers come, somebody must raise mail to 67 mails/s: status.byHand says how',
      },
      { type: 'Warning', reason: 'CapReached', message: 'raise it' },
      { type: 'Normal', reason: 'Pending', message: 'scheduled: prescaling starts at nine' },
    ]);
    assert.deepEqual(newsOf(now, now), []);
  });

  it('warns of phases that nobody wants', () => {
    assert.equal(newsOf({ phase: 'Prescaling' }, { phase: 'Held' })[0]?.type, 'Warning');
  });

  it('warns of what went wrong, not of what is only under way', () => {
    const told = (before: object[], now: object[]) =>
      newsOf({ conditions: before as never }, { conditions: now as never }).map(({ type, reason }) => [type, reason]);
    for (const [type, fine, bad] of [
      ['ScheduleAccepted', 'AsSpecified', 'EditRefused'],
      ['InventoryLoaded', 'WaitingForDependency', 'EditRefused'],
      ['Rehearsed', 'Progressing', 'RehearsalFailed'],
      ['LedgerBalanced', 'AsSpecified', 'Imbalanced'],
      ['ClockSynchronised', 'AsSpecified', 'ClockSkewed'],
    ] as const) {
      const before = condition(type, fine === 'AsSpecified' ? 'True' : 'False', fine);
      const now = condition(type, 'False', bad);
      assert.deepEqual(told([], [before]), [], type);
      assert.deepEqual(told([before], [now]), [['Warning', bad]], type);
      assert.deepEqual(told([now], [now]), [], type);
    }
  });
});
