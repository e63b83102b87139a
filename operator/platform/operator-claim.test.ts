import assert from 'node:assert/strict';
import { ANSWER_WITHIN_MS, ASK_AGAIN_MS, type Asked, stepOf } from './operator-claim.ts';

const [OURS, THEIRS] = ['system/operator', 'other/operator'];
const ASKED: Asked = { holder: THEIRS, sinceMs: 1_000, onto: '7' };

describe('which operator looks after a platform', () => {
  const step = (held: { lease: string; askedBy?: string } | undefined, asked?: Asked, nowMs = 2_000, version = '9') =>
    stepOf(held, version, { lease: OURS, asked, nowMs });

  it('the first one that comes has it, and keeps it without a word', () => {
    assert.deepEqual(step(undefined), { kind: 'claim' });
    assert.deepEqual(step({ lease: OURS }), { kind: 'ours' });
  });

  it('the one who has it answers whoever asks', () => {
    assert.deepEqual(step({ lease: OURS, askedBy: THEIRS }), { kind: 'answer' });
  });

  it('another one asks, waits, and takes over only what nobody answers for', () => {
    const holder = THEIRS;
    assert.deepEqual(step({ lease: THEIRS }), { kind: 'ask', holder });
    const asking = { lease: THEIRS, askedBy: OURS };
    assert.deepEqual(step(asking, ASKED), { kind: 'wait', holder, forMs: ANSWER_WITHIN_MS - 1_000 });
    assert.deepEqual(step(asking, ASKED, 1_000 + ANSWER_WITHIN_MS), { kind: 'take-over', holder });
  });

  it('keeps away from what was answered for, and asks again later', () => {
    const holder = THEIRS;
    assert.deepEqual(step({ lease: THEIRS }, ASKED), { kind: 'keep-away', holder, forMs: ASK_AGAIN_MS - 1_000 });
    assert.deepEqual(step({ lease: THEIRS }, ASKED, 1_000 + ASK_AGAIN_MS), { kind: 'ask', holder });
    // Also when a third one asks meanwhile.
    assert.equal(step({ lease: THEIRS, askedBy: 'third/operator' }, ASKED).kind, 'keep-away');
  });

  it('takes a store that does not show the question yet for no answer', () => {
    assert.equal(step({ lease: THEIRS }, ASKED, 2_000, '7').kind, 'wait');
  });

  it('a question of a process before this one counts from now on, and so does one to another holder', () => {
    assert.equal(step({ lease: THEIRS, askedBy: OURS }).kind, 'ask');
    assert.equal(step({ lease: 'third/operator' }, ASKED).kind, 'ask');
  });
});
