import assert from 'node:assert/strict';
import { silentLogger } from '#runtime/log.ts';
import { isFault } from './fault.ts';
import { createWebhook } from './webhook.ts';

describe('isFault', () => {
  const answer = (statusCode: number, body: object) => ({ statusCode, headers: {}, body: JSON.stringify(body) });

  it('sees what was not taken, in the words of each provider', () => {
    assert.ok(isFault(answer(200, { return_code: -1, return_message: 'mac not equal' })));
    assert.ok(isFault(answer(200, { return_code: 0, return_message: 'try again' })));
    assert.ok(isFault(answer(500, { success: false })));
    assert.ok(isFault(answer(400, { success: false })));
    assert.ok(isFault(answer(200, { RspCode: '97', Message: 'Invalid signature' })));
  });

  it('sees a version that does not find the keys, whatever the provider', async () => {
    const webhook = createWebhook({ log: silentLogger(), keys: async () => ({}), apply: async () => 'CAPTURED' });
    for (const provider of ['zalopay', 'payos', 'vnpay'])
      assert.ok(isFault(await webhook({ rawPath: `/webhook/${provider}`, body: '{}' })), provider);
    assert.ok(!isFault(await webhook({ rawPath: '/webhook/.env' })), 'those who only look around');
  });

  it('and not what was', () => {
    assert.ok(!isFault(answer(200, { return_code: 1, return_message: 'success' })));
    assert.ok(!isFault(answer(200, { success: true })));
    assert.ok(!isFault(answer(200, { RspCode: '02', Message: 'already confirmed' })));
    assert.ok(!isFault(answer(404, { message: 'no such provider' })));
  });
});
