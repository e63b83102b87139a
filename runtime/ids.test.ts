import assert from 'node:assert/strict';
import { ManualClock } from './clock.ts';
import { idTime, isUuid, NAMESPACE_DNS, NAMESPACE_TICKETBOTTLE, newId, uuidV5 } from './ids.ts';

describe('ids', () => {
  it('derives the ids that RFC 9562 gives as examples', () => {
    assert.equal(uuidV5(NAMESPACE_DNS, 'www.example.com'), '2ed6657d-e927-568b-95e1-2665a8aea6a2');
    assert.equal(uuidV5(NAMESPACE_DNS, 'ticketbottle.io'), NAMESPACE_TICKETBOTTLE);
  });

  it('makes fresh ids that sort by the time they were made', async () => {
    const clock = new ManualClock();
    const ids: string[] = [];
    for (let i = 0; i < 50; i++) {
      ids.push(newId(undefined, clock));
      await clock.advance(1);
    }
    assert.deepEqual(ids, [...ids].sort());
    assert.equal(new Set(ids).size, 50);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(idTime(ids[0] ?? ''), Date.UTC(2026, 0, 1));
  });

  it('knows a UUID when it sees one', () => {
    assert.ok(isUuid(newId()));
    for (const text of ['', 'x', '2ed6657d-e927-568b-95e1-2665a8aea6a', `${newId()}0`])
      assert.equal(isUuid(text), false);
    assert.throws(() => uuidV5('nope', 'x'), RangeError);
  });
});
