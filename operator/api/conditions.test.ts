import assert from 'node:assert/strict';
import { type Condition, isTrue, setCondition, setSummary } from './conditions.ts';

const T0 = Date.UTC(2027, 0, 1);

describe('conditions', () => {
  it('keeps the transition time while the status stays, even when reason and message change', () => {
    let conditions: Condition[] = [];
    conditions = setCondition(
      conditions,
      { type: 'TopicsReady', status: 'False', reason: 'Unreachable', message: 'a' },
      T0,
    );
    conditions = setCondition(
      conditions,
      { type: 'TopicsReady', status: 'False', reason: 'Refused', message: 'b' },
      T0 + 60_000,
    );
    assert.equal(conditions.length, 1);
    assert.equal(conditions[0]?.lastTransitionTime, '2027-01-01T00:00:00Z');
    assert.equal(conditions[0]?.reason, 'Refused');
    conditions = setCondition(
      conditions,
      { type: 'TopicsReady', status: 'True', reason: 'AsSpecified', message: '' },
      T0 + 120_000,
    );
    assert.equal(conditions[0]?.lastTransitionTime, '2027-01-01T00:02:00Z');
  });

  it('shows Reconciling and Stalled only while they are true', () => {
    const reconciling = setSummary([], { state: 'reconciling', reason: 'Progressing', message: 'm' }, 3, T0);
    assert.deepEqual(
      reconciling.map(({ type, status, observedGeneration }) => [type, status, observedGeneration]),
      [
        ['Ready', 'False', 3],
        ['Reconciling', 'True', 3],
      ],
    );
    const stalled = setSummary(reconciling, { state: 'stalled', reason: 'InvalidSpec', message: 'm' }, 3, T0);
    assert.deepEqual(
      stalled.map(({ type }) => type),
      ['Ready', 'Stalled'],
    );
    const ready = setSummary(stalled, { state: 'ready', reason: 'AsSpecified', message: 'm' }, 4, T0);
    assert.deepEqual(
      ready.map(({ type }) => type),
      ['Ready'],
    );
    assert.ok(isTrue(ready, 'Ready'));
  });

  it('does not change the list it was given', () => {
    const before: Condition[] = Object.freeze([]) as unknown as Condition[];
    assert.equal(setCondition(before, { type: 'A', status: 'True', reason: 'r', message: '' }, T0).length, 1);
    assert.equal(before.length, 0);
  });
});
