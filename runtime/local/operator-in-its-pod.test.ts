import assert from 'node:assert/strict';
import { join } from 'node:path';
import { argumentsInItsPod } from './operator-in-its-pod.ts';

describe('the operator as in its pod', () => {
  it('runs with the arguments of its image, and the heap of its memory limit', () => {
    assert.deepEqual(argumentsInItsPod(join(import.meta.dirname, '../..')), [
      '--enable-source-maps',
      '--max-semi-space-size=8',
      '--max-old-space-size=256',
    ]);
  });
});
