import assert from 'node:assert/strict';
import { diffNamespace, type ObservedNamespace } from './temporal.ts';

const desired = { name: 'tickets', retentionMs: 72 * 3_600_000, description: 'd' };
const observed: ObservedNamespace = {
  exists: true,
  retentionMs: 72 * 3_600_000,
  description: 'd',
  state: 'registered',
  searchAttributes: new Map([
    ['EventId', 'Keyword'],
    ['Foreign', 'Text'],
  ]),
};

describe('diff of a Temporal namespace', () => {
  it('is empty for the same retention, fractions of a second aside', () => {
    assert.deepEqual(diffNamespace(desired, observed), []);
    assert.deepEqual(diffNamespace({ ...desired, retentionMs: desired.retentionMs + 400 }, observed), []);
  });

  it('adds search attributes, keeps those of others, and says what to do about a type', () => {
    const wish = (searchAttributes: Record<string, 'Keyword' | 'Int'>) =>
      diffNamespace({ ...desired, searchAttributes }, observed);
    assert.deepEqual(wish({ EventId: 'Keyword' }), []);
    const [add] = wish({ EventId: 'Keyword', UserId: 'Keyword' });
    assert.deepEqual(add?.add, { UserId: 'Keyword' });
    const [conflict] = wish({ EventId: 'Int' });
    assert.equal(conflict?.action, 'wait');
    assert.match(
      conflict?.reason ?? '',
      /EventId of type Keyword instead of Int.*temporal operator search-attribute remove/,
    );
  });

  it('creates, updates, or waits for a deletion to end', () => {
    const actions = (more: Partial<ObservedNamespace>) =>
      diffNamespace(desired, { ...observed, ...more }).map(({ action, reason }) => `${action}: ${reason}`);
    assert.deepEqual(actions({ exists: false }), ['create: does not exist']);
    assert.deepEqual(actions({ retentionMs: 86_400_000 }), ['update: keeps closed workflows for 24h instead of 72h']);
    assert.deepEqual(actions({ state: 'deleted' }), ['wait: is being deleted']);
  });
});
