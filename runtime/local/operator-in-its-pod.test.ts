import assert from 'node:assert/strict';
import { join } from 'node:path';
import { operatorInItsPod } from './operator-in-its-pod.ts';

describe('the operator as in its pod', () => {
  it('runs with the arguments and the environment of its image, and the heap of its memory limit', () => {
    const root = join(import.meta.dirname, '../..');
    const heap = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--heap-growing-percent=10'];
    assert.deepEqual(operatorInItsPod(root), {
      file: 'out/images/operator/app/operator/main.js',
      nodeArgs: ['--enable-source-maps', ...heap, '--max-old-space-size=256'],
      env: {
        NODE_ENV: 'production',
        MALLOC_ARENA_MAX: '1',
        MALLOC_TRIM_THRESHOLD_: '131072',
        TICKETBOTTLE_ROOT: join(root, 'out/images/operator/app'),
      },
    });
  });
});
