import assert from 'node:assert/strict';
import type { Change } from '../external/adapter.ts';
import { findingOf } from './look-after.ts';

const says = { ready: 'fine', observeOnly: false };
const wait = (reason: string, byHand = false): Change => ({ target: 'topic a', action: 'wait', reason, byHand });

describe('findingOf', () => {
  it('is on its way while time mends what is left', () => {
    const { state, reason } = findingOf([wait('is being made')], [], 1, says);
    assert.deepEqual([state, reason], ['waiting', 'Progressing']);
  });

  it('is refused, with what to do, as soon as somebody has to act, and keeps what was found', () => {
    const finding = findingOf([wait('is being made'), wait('has one replica: lower spec.x', true)], [], 1, says);
    assert.deepEqual([finding.state, finding.reason, finding.value], ['failed', 'Refused', 1]);
    assert.match(finding.message, /lower spec\.x/);
  });

  it('only tells, where it may only look', () => {
    assert.equal(findingOf([wait('x', true)], [], 1, { ...says, observeOnly: true }).reason, 'Drifted');
  });
});
