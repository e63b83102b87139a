import assert from 'node:assert/strict';
import { diffNamespace, type ObservedNamespace } from './temporal.ts';

const desired = { name: 'tickets', retentionMs: 72 * 3_600_000, description: 'd' };
const observed: ObservedNamespace = {
  exists: true,
  retentionMs: 72 * 3_600_000,
  description: 'd',
  state: 'registered',
};

describe('diff of a Temporal namespace', () => {
  it('is empty for the same retention, fractions of a second aside', () => {
    assert.deepEqual(diffNamespace(desired, observed), []);
    assert.deepEqual(diffNamespace({ ...desired, retentionMs: desired.retentionMs + 400 }, observed), []);
  });

  it('creates, updates, or waits for a deletion to end', () => {
    const actions = (more: Partial<ObservedNamespace>) =>
      diffNamespace(desired, { ...observed, ...more }).map(({ action, reason }) => `${action}: ${reason}`);
    assert.deepEqual(actions({ exists: false }), ['create: does not exist']);
    assert.deepEqual(actions({ retentionMs: 86_400_000 }), ['update: keeps closed workflows for 24h instead of 72h']);
    assert.deepEqual(actions({ state: 'deleted' }), ['wait: is being deleted']);
  });
});
