import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { StatusPace } from './status-pace.ts';

type Status = NonNullable<EventSale['status']>;
const open = (waiting: number, more: Partial<Status> = {}): Status => ({
  phase: 'Open',
  waitroom: { waiting, active: 1, admitted: 1 },
  ...more,
});

describe('the pace of status writes', () => {
  it('writes figures at most every three seconds, however often they change', () => {
    const pace = new StatusPace();
    let stored: Status | undefined;
    let writes = 0;
    for (let now = 0; now < 60_000; now += 100) {
      const next = open(now);
      if (!pace.isDue('sale', stored, next, now)) continue;
      stored = next;
      writes++;
    }
    assert.equal(writes, 20);
  });

  it('writes a phase or a condition at once', () => {
    const pace = new StatusPace();
    assert.equal(pace.isDue('sale', undefined, open(1), 0), true);
    assert.equal(pace.isDue('sale', open(1), open(2), 100), false);
    assert.equal(pace.isDue('sale', open(1), open(2, { phase: 'SoldOut' }), 200), true);
    assert.equal(pace.isDue('other', open(1), open(2), 300), true);
  });
});
