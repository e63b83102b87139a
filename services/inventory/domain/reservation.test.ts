import assert from 'node:assert/strict';
import { ServiceError } from '#runtime/errors.ts';
import { outcomeOf, refusalOf, type SettleAction, type SettleAnswer } from './reservation.ts';

describe('verdicts', () => {
  it('held stock is no refusal, also when it was held or sold before', () => {
    assert.equal(refusalOf({ verdict: 'RESERVED', subject: '' }), undefined);
    assert.equal(refusalOf({ verdict: 'CONFIRMED', subject: '' }), undefined);
  });

  it('sold out is final: a caller must not retry it', () => {
    const refusal = refusalOf({ verdict: 'SOLD_OUT', subject: 'c1' });
    assert.equal(refusal?.code, 'RESOURCE_EXHAUSTED');
    assert.equal(refusal?.retryable, false);
    assert.deepEqual(refusal?.details, { ticketClassId: 'c1' });
  });

  const reasonOf = (action: SettleAction, answer: SettleAnswer) => {
    const outcome = outcomeOf(action, answer);
    return outcome instanceof ServiceError ? outcome.reason : outcome.moved;
  };

  it('confirm is repeatable, and says when the stock has gone back', () => {
    assert.equal(reasonOf('confirm', { before: 'HELD', after: 'CONFIRMED' }), true);
    assert.equal(reasonOf('confirm', { before: 'CONFIRMED', after: 'CONFIRMED' }), false);
    assert.equal(reasonOf('confirm', { before: 'HELD', after: 'EXPIRED' }), 'HOLD_EXPIRED');
    assert.equal(reasonOf('confirm', { before: 'EXPIRED', after: 'EXPIRED' }), 'HOLD_EXPIRED');
    assert.equal(reasonOf('confirm', { before: 'RELEASED', after: 'RELEASED' }), 'HOLD_RELEASED');
    assert.equal(reasonOf('confirm', { before: undefined, after: undefined }), 'UNKNOWN_ORDER');
  });

  it('release tolerates nothing to release, but never un-sells', () => {
    assert.equal(reasonOf('release', { before: 'HELD', after: 'RELEASED' }), true);
    assert.equal(reasonOf('release', { before: undefined, after: 'RELEASED' }), false);
    assert.equal(reasonOf('release', { before: 'EXPIRED', after: 'RELEASED' }), false);
    assert.equal(reasonOf('release', { before: 'CONFIRMED', after: 'CONFIRMED' }), 'ALREADY_CONFIRMED');
  });

  it('return gives back what was sold, once', () => {
    assert.equal(reasonOf('return', { before: 'CONFIRMED', after: 'RETURNED' }), true);
    assert.equal(reasonOf('return', { before: 'RETURNED', after: 'RETURNED' }), false);
    assert.equal(reasonOf('return', { before: undefined, after: undefined }), false);
  });
});
