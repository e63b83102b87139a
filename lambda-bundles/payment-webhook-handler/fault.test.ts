import assert from 'node:assert/strict';
import { isFault } from './fault.ts';

describe('isFault', () => {
  const answer = (statusCode: number, body: object) => ({ statusCode, headers: {}, body: JSON.stringify(body) });

  it('sees what was not taken, in the words of each provider', () => {
    assert.ok(isFault(answer(200, { return_code: -1, return_message: 'mac not equal' })));
    assert.ok(isFault(answer(200, { return_code: 0, return_message: 'try again' })));
    assert.ok(isFault(answer(500, { success: false })));
    assert.ok(isFault(answer(400, { success: false })));
    assert.ok(isFault(answer(200, { RspCode: '97', Message: 'Invalid signature' })));
  });

  it('and not what was', () => {
    assert.ok(!isFault(answer(200, { return_code: 1, return_message: 'success' })));
    assert.ok(!isFault(answer(200, { success: true })));
    assert.ok(!isFault(answer(200, { RspCode: '02', Message: 'already confirmed' })));
    assert.ok(!isFault(answer(404, { message: 'no such provider' })));
  });
});
