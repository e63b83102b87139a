import assert from 'node:assert/strict';
import { isThrottled } from './aws-throttling.ts';

describe('isThrottled', () => {
  const aws = (name: string, httpStatusCode = 400) =>
    Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });

  it('knows the names that services give it, and the status', () => {
    for (const name of [
      'ThrottlingException',
      'Throttling',
      'RequestThrottled',
      'TooManyRequestsException',
      'SlowDown',
    ])
      assert.ok(isThrottled(aws(name)), name);
    assert.ok(isThrottled(aws('Whatever', 429)));
  });

  it('takes nothing else for it', () => {
    for (const error of [aws('AccessDeniedException', 403), aws('ServiceException', 503), 'TooManyRequests', undefined])
      assert.ok(!isThrottled(error));
  });
});
