import assert from 'node:assert/strict';
import { asServiceError, failedPrecondition, internal, isRetryable, toProblem, unavailable } from './errors.ts';

describe('errors', () => {
  it('answers a refused purchase with a conflict that machines can read', () => {
    const problem = toProblem(failedPrecondition('SOLD_OUT', 'no tickets left', { details: { class: 'GA' } }));
    assert.deepEqual(problem, {
      type: 'about:blank',
      title: 'failed precondition',
      status: 409,
      detail: 'no tickets left',
      code: 'FAILED_PRECONDITION',
      reason: 'SOLD_OUT',
      details: { class: 'GA' },
    });
  });

  it('never shows what an unknown or internal error says', () => {
    for (const error of [
      new Error('password=hunter2'),
      internal('BROKEN', 'table users at 10.0.0.1', { details: { sql: 'x' } }),
    ]) {
      const text = JSON.stringify(toProblem(error));
      assert.match(text, /"status":500/);
      assert.doesNotMatch(text, /hunter2|10\.0\.0\.1|sql/);
    }
  });

  it('keeps the cause of what it wraps', () => {
    const cause = new Error('socket hang up');
    assert.equal(asServiceError(cause).cause, cause);
    assert.equal(isRetryable(cause), false);
  });

  it('lets the thrower decide what may be retried, with a default by code', () => {
    assert.equal(isRetryable(unavailable('DOWN', 'down')), true);
    assert.equal(isRetryable(unavailable('DOWN', 'down', { retryable: false })), false);
    assert.equal(isRetryable(failedPrecondition('SOLD_OUT', 'x')), false);
  });
});
