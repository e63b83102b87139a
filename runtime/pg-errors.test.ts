import assert from 'node:assert/strict';
import { classifyPgError, pgServiceError } from './pg-errors.ts';

const failing = (code: string, more = {}) => Object.assign(new Error('detail of the store'), { code, ...more });

describe('pg errors', () => {
  it('names what callers decide on', () => {
    const known = classifyPgError(failing('23505', { constraint: 'users_email_key' }));
    assert.deepEqual(known, {
      failure: 'unique_violation',
      sqlState: '23505',
      constraint: 'users_email_key',
      retryable: false,
    });
    assert.equal(classifyPgError(failing('40001'))?.retryable, true);
    assert.equal(classifyPgError(failing('08006'))?.failure, 'unavailable');
    assert.equal(classifyPgError(failing('53100'))?.failure, 'unavailable', 'a full disk passes');
    assert.equal(classifyPgError(failing('ECONNREFUSED'))?.failure, 'unavailable');
    assert.equal(classifyPgError(new Error('Connection terminated unexpectedly'))?.failure, 'unavailable');
    assert.equal(classifyPgError(failing('42P01'))?.failure, 'other');
    assert.equal(classifyPgError(new Error('something else')), undefined);
    assert.equal(classifyPgError('text'), undefined);
  });

  it('tells callers what to do, never what the store said', () => {
    const codes = {
      '23505': 'ALREADY_EXISTS',
      '23514': 'FAILED_PRECONDITION',
      '40P01': 'ABORTED',
      '57014': 'DEADLINE_EXCEEDED',
      '57P01': 'UNAVAILABLE',
    };
    for (const [sqlState, code] of Object.entries(codes)) {
      const mapped = pgServiceError(failing(sqlState));
      assert.equal(mapped?.code, code);
      assert.doesNotMatch(mapped?.message ?? '', /detail of the store/);
    }
    assert.equal(pgServiceError(failing('42P01')), undefined);
  });
});
