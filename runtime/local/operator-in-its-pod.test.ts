import assert from 'node:assert/strict';
import { join } from 'node:path';
import { argumentsInItsPod, environmentInItsPod } from './operator-in-its-pod.ts';

describe('the operator as in its pod', () => {
  it('runs with the arguments of its image, and the heap of its memory limit', () => {
    assert.deepEqual(argumentsInItsPod(join(import.meta.dirname, '../..')), [
      '--enable-source-maps',
      '--min-semi-space-size=8',
      '--max-semi-space-size=8',
      '--heap-growing-percent=10',
      '--max-old-space-size=256',
    ]);
  });

  it('has the environment of its image', () => {
    assert.deepEqual(environmentInItsPod(join(import.meta.dirname, '../..')), {
      NODE_ENV: 'production',
      TICKETBOTTLE_ROOT: '/app',
      MALLOC_ARENA_MAX: '1',
      MALLOC_TRIM_THRESHOLD_: '131072',
    });
  });
});
