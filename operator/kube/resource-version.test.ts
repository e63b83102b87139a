import assert from 'node:assert/strict';
import { compareVersions } from './resource-version.ts';

describe('compareVersions', () => {
  it('compares numbers of any length', () => {
    const long = '9007199254740993';
    assert.deepEqual([compareVersions('9', '10'), compareVersions('10', '9'), compareVersions(long, long)], [-1, 1, 0]);
    assert.equal(compareVersions('9007199254740992', long), -1);
  });

  it('knows nothing of what is no number', () => {
    assert.deepEqual(
      [compareVersions('a', '1'), compareVersions('1', ''), compareVersions(undefined, '1')],
      [undefined, undefined, undefined],
    );
  });
});
